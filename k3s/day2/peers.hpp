#pragma once
/// Whether the cluster can do without this server for a while.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "k3s/join/look.hpp"

namespace kgnode::k3s {

/// The nodes that have a part in etcd.
constexpr auto kServersPath = "/api/v1/nodes?labelSelector=node-role.kubernetes.io/etcd%3Dtrue";

/// A list of Nodes. nullopt: it is none.
std::optional<std::vector<Peer>> parse_peers(std::string_view json);

/// Of the answer to /version; empty: it says none.
std::string parse_git_version(std::string_view json);

/// Empty: every other member of etcd is a voter on a node that is ready, so that the rest still has
/// a quorum when `own` stops. A server that is alone takes the cluster with it, and that is known.
std::string why_not_stop(const Peers& peers, std::string_view own);

}  // namespace kgnode::k3s
