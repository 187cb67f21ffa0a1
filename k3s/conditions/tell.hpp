#pragma once
/// What the cluster is told of this node: conditions of its Node and events, by a process of its
/// own, which may use the network. Everything is asked as the kubelet, who may change the status of
/// its own Node and create events (Kubernetes' role system:node), and may not read events.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "k3s/conditions/conditions.hpp"
#include "k3s/join/look.hpp"

namespace kgnode::k3s {

constexpr auto kTellRequest = "/run/kgnode/k3s/tell-request.json";
constexpr auto kTellReport = "/run/kgnode/k3s/tell.json";
constexpr auto kTellUnit = "kgnode-k3s-tell.service";
// Where kubectl describe looks for what concerns a Node, which lives in no namespace.
constexpr auto kEventsPath = "/api/v1/namespaces/default/events";

/// Something that happened, so many times between two moments.
struct NodeEvent {
  std::string reason;
  std::string message;
  bool warning = true;
  std::int64_t first = 0;  // seconds since 1970
  std::int64_t last = 0;
  int count = 1;
  bool operator==(const NodeEvent&) const = default;
};

struct TellRequest {
  std::string node;
  bool server = false;
  std::vector<NodeCondition> conditions;  // those of ours that are not among them are removed
  std::vector<NodeEvent> events;
  bool stopping = false;  // told only if no agent runs half a minute later
  bool operator==(const TellRequest&) const = default;
};

struct TellReport {
  bool told = false;                      // all of it
  std::string text;                       // why not
  std::vector<NodeCondition> conditions;  // as they were told last
  std::int64_t told_at = 0;               // seconds since 1970; 0: never since the boot
  std::vector<std::string> delivered;     // reasons of the events that the API has now
  std::int64_t waiting = 0;               // events that it has not
  bool operator==(const TellReport&) const = default;
};

std::string to_text(const TellRequest& request);
Result<TellRequest> parse_tell_request(std::string_view text);
std::string to_text(const TellReport& report);
Result<TellReport> parse_tell_report(std::string_view text);

/// One of our conditions as the API has it.
struct SeenCondition {
  std::string type;
  std::string status;
  std::string since;  // its lastTransitionTime
  bool operator==(const SeenCondition&) const = default;
};
/// Out of a Node. nullopt: it is none.
std::optional<std::vector<SeenCondition>> parse_seen_conditions(std::string_view node_json);

/// A strategic merge patch of the status: what has not changed keeps the time of its last change,
/// and conditions of others are not mentioned. Empty: nothing is to be changed.
std::string conditions_patch(const std::vector<NodeCondition>& conditions,
                             const std::vector<SeenCondition>& seen, std::chrono::sys_seconds now);

/// Its name says node and reason: one that comes again is the same object, which counts.
std::string event_name(std::string_view node, const NodeEvent& event);
std::string event_text(std::string_view node, const NodeEvent& event);
/// Merge patches of one that is there. The first one's answer has the count for the second.
std::string event_patch(const NodeEvent& event);
std::string count_patch(std::int64_t count);
std::optional<std::int64_t> parse_event_count(std::string_view event_json);

struct TellFacts {
  std::optional<TellReport> last;
  std::chrono::sys_seconds now;
  bool operator==(const TellFacts&) const = default;
};
TellFacts read_tell_facts(sys::Files& files, std::chrono::sys_seconds now);
/// What the doctor says of it. `node`: as the last look saw it.
core::Finding tell_finding(const TellFacts& facts, const std::optional<NodeSeen>& node);

}  // namespace kgnode::k3s
