/// What the API is sent, and what is read of its answers.
#include "k3s/conditions/tell.hpp"

#include <boost/json.hpp>

#include "tests/support/catch.hpp"

using namespace kgnode;
using k3s::NodeCondition;
using k3s::SeenCondition;
namespace json = boost::json;

namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};  // 2027-01-15 08:00

NodeCondition units(std::string status) {
  return {.type = "ServiceProblem",
          .status = std::move(status),
          .reason = "UnitFailed",
          .message = "health.units: failed: \"x\"",
          .causes = "health.units"};
}

json::array patched(const std::vector<NodeCondition>& conditions,
                    const std::vector<SeenCondition>& seen) {
  const auto patch = json::parse(k3s::conditions_patch(conditions, seen, kNow));
  CHECK(patch.as_object().size() == 1);
  CHECK(patch.at("status").as_object().size() == 1);
  return patch.at_pointer("/status/conditions").as_array();
}

}  // namespace

TEST_CASE("k3s tell: a condition that is new, or another one than before, has changed now") {
  for (const std::vector<SeenCondition>& seen :
       {std::vector<SeenCondition>{},
        std::vector<SeenCondition>{
            {.type = "ServiceProblem", .status = "False", .since = "2026-01-01T00:00:00Z"}}}) {
    const auto list = patched({units("True")}, seen);
    REQUIRE(list.size() == 1);
    CHECK(list[0] == json::value{{"type", "ServiceProblem"},
                                 {"status", "True"},
                                 {"reason", "UnitFailed"},
                                 {"message", "health.units: failed: \"x\""},
                                 {"lastHeartbeatTime", "2027-01-15T08:00:00Z"},
                                 {"lastTransitionTime", "2027-01-15T08:00:00Z"}});
  }
}

TEST_CASE("k3s tell: one that is as before keeps the time of its change, and has a new heartbeat") {
  const auto list =
      patched({units("True")},
              {{.type = "ServiceProblem", .status = "True", .since = "2026-01-01T00:00:00Z"}});
  REQUIRE(list.size() == 1);
  CHECK(list[0].at("lastTransitionTime") == "2026-01-01T00:00:00Z");
  CHECK(list[0].at("lastHeartbeatTime") == "2027-01-15T08:00:00Z");
}

TEST_CASE("k3s tell: one that is told no longer goes, and only one of ours is ever named") {
  const auto seen = k3s::parse_seen_conditions(
      R"({"kind":"Node","status":{"conditions":[
        {"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"},
        {"type":"MemoryPressure","status":"False","lastTransitionTime":"2026-01-01T00:00:00Z"},
        {"type":"SnapshotProblem","status":"True","lastTransitionTime":"2026-01-02T00:00:00Z"}]}})");
  REQUIRE(seen);
  CHECK(*seen ==
        std::vector<SeenCondition>{
            {.type = "SnapshotProblem", .status = "True", .since = "2026-01-02T00:00:00Z"}});
  const auto list = patched({units("False")}, *seen);
  REQUIRE(list.size() == 2);
  CHECK(list[1] == json::value{{"$patch", "delete"}, {"type", "SnapshotProblem"}});
  CHECK(k3s::conditions_patch({}, {}, kNow).empty());
}

TEST_CASE("k3s tell: what is no Node is none, and a Node may have no conditions") {
  CHECK_FALSE(k3s::parse_seen_conditions("no"));
  CHECK_FALSE(k3s::parse_seen_conditions("{}"));
  CHECK_FALSE(k3s::parse_seen_conditions(R"({"kind":"Status","code":403})"));
  CHECK(k3s::parse_seen_conditions(R"({"kind":"Node","status":{"conditions":7}})").value().empty());
  CHECK(k3s::parse_seen_conditions(R"({"kind":"Node","status":{"conditions":[7,{}]}})")
            .value()
            .empty());
}

TEST_CASE("k3s tell: an event is the Node's, as kubectl describe looks for it") {
  const k3s::NodeEvent event{.reason = "UnitFailed",
                             .message = "failed: x",
                             .warning = true,
                             .first = 1'800'000'000,
                             .last = 1'800'000'060,
                             .count = 3};
  const auto text = json::parse(k3s::event_text("cp-1", event));
  CHECK(text.at_pointer("/metadata/name") == "cp-1.kgnode.unitfailed");
  CHECK(text.at_pointer("/metadata/namespace") == "default");
  CHECK(text.at("involvedObject") ==
        json::value{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "cp-1"}, {"uid", "cp-1"}});
  CHECK(text.at("type") == "Warning");
  CHECK(text.at("reason") == "UnitFailed");
  CHECK(text.at("message") == "failed: x");
  CHECK(text.at("firstTimestamp") == "2027-01-15T08:00:00Z");
  CHECK(text.at("lastTimestamp") == "2027-01-15T08:01:00Z");
  CHECK(text.at("count") == 3);
  CHECK(text.at_pointer("/source/component") == "kgnode");
}

TEST_CASE("k3s tell: one that comes again says when and what, then how often") {
  const k3s::NodeEvent event{.reason = "UnitFailed", .message = "y", .last = 1'800'000'060};
  CHECK(json::parse(k3s::event_patch(event)) ==
        json::value{{"message", "y"}, {"lastTimestamp", "2027-01-15T08:01:00Z"}});
  CHECK(json::parse(k3s::count_patch(5)) == json::value{{"count", 5}});
  CHECK(k3s::parse_event_count(R"({"kind":"Event","count":4})") == 4);
  CHECK(k3s::parse_event_count(R"({"kind":"Event"})") == 1);
  CHECK_FALSE(k3s::parse_event_count(R"({"kind":"Status"})"));
  CHECK_FALSE(k3s::parse_event_count("no"));
}

TEST_CASE("k3s tell: requests and reports are read as they were written, or not at all") {
  const k3s::TellRequest request{.node = "cp-1",
                                 .server = true,
                                 .conditions = {units("True")},
                                 .events = {{.reason = "A", .message = "b", .count = 2}},
                                 .stopping = true};
  CHECK(k3s::parse_tell_request(k3s::to_text(request)).value() == request);
  const k3s::TellReport report{.told = true,
                               .text = "t",
                               .conditions = {units("False")},
                               .told_at = 7,
                               .delivered = {"A"},
                               .waiting = 1};
  CHECK(k3s::parse_tell_report(k3s::to_text(report)).value() == report);
  CHECK_FALSE(k3s::parse_tell_request("{}"));
  CHECK_FALSE(k3s::parse_tell_report("no"));
}
