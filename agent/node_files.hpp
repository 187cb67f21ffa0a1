#pragma once
/// Where a node's configuration and state are.

namespace kgnode {

constexpr auto kConfig = "/etc/kgnode/node.toml";
constexpr auto kLastGood = "/var/lib/kgnode/last-good.toml";
constexpr auto kPending = "/var/lib/kgnode/pending.json";
constexpr auto kOwned = "/var/lib/kgnode/owned.json";

}  // namespace kgnode
