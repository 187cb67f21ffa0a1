#pragma once
/// What the names of K3s' snapshots say, and which server token one belongs to.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::k3s {

constexpr auto kSnapshotFolder = "/var/lib/rancher/k3s/server/db/snapshots";

using Time = std::chrono::sys_seconds;

/// "<base>-<node>-<unix seconds>", perhaps with ".zip": when it was taken; nullopt: no snapshot,
/// such as one that etcd still writes.
std::optional<Time> taken_at(std::string_view name);
bool is_compressed(std::string_view name);
/// "etcd-snapshot" or "on-demand"; empty: of another node.
std::string_view base_of(std::string_view name, std::string_view node);

/// "3 h", for a table.
std::string show_age(std::chrono::seconds age);

/// The 12 digits under which K3s keeps what is encrypted with this server token; nullopt: it is
/// none.
std::optional<std::string> bootstrap_digits(std::string_view token);

}  // namespace kgnode::k3s
