#pragma once
/// One node of a cluster at a time: a Lease in kube-system that names who has it. A server takes it
/// itself. A worker may neither see nor write it: it labels its own Node, and the servers take the
/// lock for it and tell it who has it.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "k3s/join/look.hpp"

namespace kgnode::k3s {

constexpr auto kLockName = "kgnode-reboot";
constexpr auto kLocksPath = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
/// Of a worker's Node: "wanted", then "done".
constexpr auto kAskLabel = "kgnode/reboot";
constexpr auto kAskingPath = "/api/v1/nodes?labelSelector=kgnode%2Freboot";
/// On a worker's Node, by a server: who has the lock.
constexpr auto kHolderAnnotation = "kgnode/reboot-lock";

// A node that does not come back keeps the others waiting no longer than this. Servers then still
// look whether etcd can do without them.
constexpr std::chrono::minutes kLockLasts(60);

struct Lock {
  std::string holder;
  std::string version;  // of the object, so that nobody else's change is overwritten
  std::chrono::sys_seconds ends;
  bool operator==(const Lock&) const = default;
};
/// A Lease. nullopt: it is none.
std::optional<Lock> parse_lock(std::string_view json);
/// A Lease that `holder` has from now on. `version`: of the one that it replaces; empty: none.
std::string lock_text(std::string_view holder, std::chrono::sys_seconds now,
                      std::string_view version);

enum class Take : std::uint8_t { create, have, replace, wait };
Take how_to_take(const std::optional<Lock>& lock, std::string_view own,
                 std::chrono::sys_seconds now);

/// The Nodes that ask, out of a list. nullopt: it is none.
std::optional<std::vector<Asking>> parse_asking(std::string_view json);

/// What a server does for the workers that ask.
std::vector<LockMove> plan_lock(const LockSeen& seen);

/// Merge patches of a worker's Node.
std::string ask_patch(std::string_view state);
std::string tell_patch(std::string_view holder);
std::string forget_patch();
/// Of one Node; what it does not say is empty.
Asking parse_asking_one(std::string_view node_json);

}  // namespace kgnode::k3s
