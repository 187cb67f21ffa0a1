/// Requests and reports as JSON, and what the API is sent.
#include "k3s/conditions/tell.hpp"

#include <algorithm>
#include <format>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "k3s/join/json.hpp"

namespace kgnode::k3s {

namespace json = boost::json;

BOOST_DESCRIBE_STRUCT(NodeCondition, (), (type, status, reason, message, causes))
BOOST_DESCRIBE_STRUCT(NodeEvent, (), (reason, message, warning, first, last, count))
BOOST_DESCRIBE_STRUCT(TellRequest, (), (node, server, conditions, events, stopping))
BOOST_DESCRIBE_STRUCT(TellReport, (), (told, text, conditions, told_at, delivered, waiting))

namespace {

constexpr std::string_view kComponent = "kgnode";

std::string time_text(std::chrono::sys_seconds time) { return std::format("{:%FT%TZ}", time); }

std::string time_text(std::int64_t seconds) {
  return time_text(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

}  // namespace

std::string to_text(const TellRequest& request) {
  return json::serialize(json::value_from(request)) + "\n";
}

Result<TellRequest> parse_tell_request(std::string_view text) {
  return from_text<TellRequest>(text, kTellRequest);
}

std::string to_text(const TellReport& report) {
  return json::serialize(json::value_from(report)) + "\n";
}

Result<TellReport> parse_tell_report(std::string_view text) {
  return from_text<TellReport>(text, kTellReport);
}

std::optional<std::vector<SeenCondition>> parse_seen_conditions(std::string_view text) {
  boost::system::error_code error;
  const auto node = json::parse(text, error);
  if (error || text_of(node, "/kind") != "Node") return std::nullopt;
  std::vector<SeenCondition> all;
  const auto* conditions = find(node, "/status/conditions");
  if (conditions == nullptr || !conditions->is_array()) return all;
  for (const auto& one : conditions->get_array()) {
    SeenCondition seen{.type = text_of(one, "/type"),
                       .status = text_of(one, "/status"),
                       .since = text_of(one, "/lastTransitionTime")};
    if (is_ours(seen.type)) all.push_back(std::move(seen));
  }
  return all;
}

std::string conditions_patch(const std::vector<NodeCondition>& conditions,
                             const std::vector<SeenCondition>& seen, std::chrono::sys_seconds now) {
  json::array list;
  for (const auto& one : conditions) {
    const auto before = std::ranges::find(seen, one.type, &SeenCondition::type);
    const bool same =
        before != seen.end() && before->status == one.status && !before->since.empty();
    list.push_back(json::object{{"type", one.type},
                                {"status", one.status},
                                {"reason", one.reason},
                                {"message", one.message},
                                {"lastHeartbeatTime", time_text(now)},
                                {"lastTransitionTime", same ? before->since : time_text(now)}});
  }
  for (const auto& one : seen) {
    if (!std::ranges::contains(conditions, one.type, &NodeCondition::type))
      list.push_back(json::object{{"$patch", "delete"}, {"type", one.type}});
  }
  if (list.empty()) return {};
  return json::serialize(json::object{{"status", {{"conditions", std::move(list)}}}});
}

std::string event_name(std::string_view node, const NodeEvent& event) {
  return std::format("{}.{}.{}", node, kComponent, to_lower(event.reason));
}

std::string event_text(std::string_view node, const NodeEvent& event) {
  // The kubelet's own events have the name in the place of the uid too: there kubectl describe
  // looks for both.
  const json::object subject{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node}, {"uid", node}};
  return json::serialize(
      json::object{{"apiVersion", "v1"},
                   {"kind", "Event"},
                   {"metadata", {{"name", event_name(node, event)}, {"namespace", "default"}}},
                   {"involvedObject", subject},
                   {"type", event.warning ? "Warning" : "Normal"},
                   {"reason", event.reason},
                   {"message", event.message},
                   {"source", {{"component", kComponent}, {"host", node}}},
                   {"reportingComponent", kComponent},
                   {"reportingInstance", node},
                   {"firstTimestamp", time_text(event.first)},
                   {"lastTimestamp", time_text(event.last)},
                   {"count", event.count}});
}

std::string event_patch(const NodeEvent& event) {
  return json::serialize(
      json::object{{"message", event.message}, {"lastTimestamp", time_text(event.last)}});
}

std::string count_patch(std::int64_t count) {
  return json::serialize(json::object{{"count", count}});
}

std::optional<std::int64_t> parse_event_count(std::string_view text) {
  boost::system::error_code error;
  const auto event = json::parse(text, error);
  if (error || text_of(event, "/kind") != "Event") return std::nullopt;
  const auto* count = find(event, "/count");
  // One that began elsewhere, as events.k8s.io does, has none.
  return count != nullptr && count->is_int64() ? count->get_int64() : 1;
}

}  // namespace kgnode::k3s
