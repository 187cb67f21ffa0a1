#pragma once
/// How the node is, as conditions of its Node: like those of node-problem-detector True is a
/// problem. None of them is one that it, the kubelet or K3s sets.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/module.hpp"

namespace kgnode::k3s {

constexpr std::string_view kTrue = "True";
constexpr std::string_view kFalse = "False";
constexpr std::string_view kUnknown = "Unknown";

struct NodeCondition {
  std::string type;
  std::string status;
  std::string reason;   // one word
  std::string message;  // what was seen, of a bounded length
  std::string causes;   // the checks that make it so; of False none
  bool operator==(const NodeCondition&) const = default;
};

/// What it says beyond its evidence, which is another one each time.
bool says_the_same(const NodeCondition& one, const NodeCondition& other);

/// A condition for each subject of which there is a check, in an order of ours. A domain is the
/// check "DOMAIN.in_sync". What could not be told is Unknown, unless another check is a problem.
std::vector<NodeCondition> node_conditions(std::span<const core::Finding> checks,
                                           std::string_view phase, std::string_view why);

/// Of a node whose agent was stopped, and nobody looks any more.
constexpr std::string_view kStopped = "AgentStopped";
std::vector<NodeCondition> stopped_conditions(std::span<const NodeCondition> told);

/// Whether we, now or in another version, set a condition of this type.
bool is_ours(std::string_view type);

/// Bytes of a message.
constexpr std::size_t kMessageLimit = 512;

}  // namespace kgnode::k3s
