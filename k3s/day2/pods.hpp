#pragma once
/// What a drain takes off a node, as `kubectl drain --ignore-daemonsets --delete-emptydir-data`
/// does. Not by kubectl: with the kubelet's certificate, all that a worker has, it may not look at
/// the DaemonSets that it asks for.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::k3s {

struct Pod {
  std::string space;  // its namespace
  std::string name;
  bool controlled = false;  // something makes it anew elsewhere
  bool operator==(const Pod&) const = default;
};
/// "namespace/name"
std::string to_string(const Pod& pod);

/// Those that a drain takes off the node: not of DaemonSets, not static, not at an end. nullopt: it
/// is no list of Pods.
std::optional<std::vector<Pod>> parse_pods(std::string_view json);

std::string eviction_text(const Pod& pod);
std::string eviction_path(const Pod& pod);

/// What the API says to an eviction.
enum class Eviction : std::uint8_t { done, refused, failed };
Eviction judge_eviction(int status);
/// The message of a Status, as Kubernetes answers.
std::string parse_message(std::string_view json);

/// A pod that would not go, and why.
struct Kept {
  Pod pod;
  std::string why;
};
/// What is left when the time is over, and the way out.
std::string explain_kept(const std::vector<Kept>& kept);
/// Pods that would be lost; empty: there is none.
std::string explain_lost(const std::vector<Pod>& pods);

}  // namespace kgnode::k3s
