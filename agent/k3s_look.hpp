#pragma once
/// The look at the cluster, as a process of its own: it may use the network, which the agent may
/// not, and it blocks.
#include "k3s/join/look.hpp"

namespace kgnode {

/// Asks what is asked for. What cannot be found out is in the report as such.
k3s::LookReport look_at_cluster(const k3s::LookRequest& request);

/// From the request's file to the report's. The exit code.
int run_k3s_look();

}  // namespace kgnode
