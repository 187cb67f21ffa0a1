#pragma once
/// Telling the cluster how this node is, as a process of its own: it may use the network, which the
/// agent may not, and it blocks.
#include <chrono>
#include <functional>

#include "agent/config/config.hpp"
#include "agent/k3s_api.hpp"
#include "k3s/conditions/tell.hpp"

namespace kgnode {

using CallApi = std::function<Result<k3s::Reply>(const ApiCall&)>;

/// Conditions, then events, until one does not get through. `before`: the report before this one.
k3s::TellReport tell_cluster(const k3s::TellRequest& request, const k3s::TellReport& before,
                             std::chrono::sys_seconds now, const CallApi& call);

/// From the request's file to the report's. The exit code.
int run_k3s_tell();

/// Of a node that kgnode leaves: nobody would keep its conditions true.
Result<> take_back_conditions(const config::Config& config);

}  // namespace kgnode
