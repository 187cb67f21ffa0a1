/// When the cluster is told, and how often.
#include "k3s/conditions/teller.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using k3s::NodeCondition;
using k3s::Teller;

namespace {

NodeCondition condition(std::string status, std::string reason, std::string causes = {}) {
  return {.type = "ServiceProblem",
          .status = std::move(status),
          .reason = std::move(reason),
          .message = "seen",
          .causes = std::move(causes)};
}
NodeCondition fine() { return condition("False", "NoServiceProblem"); }
NodeCondition failed() { return condition("True", "UnitFailed", "health.units"); }
NodeCondition unsure() { return condition("Unknown", "ServiceUnknown", "health.units"); }

/// A node, its clock, and an API that takes everything unless it is told otherwise.
struct Node {
  Teller teller{"cp-1"};
  Teller::Mono start{1h};
  std::chrono::seconds at{0};

  void note(std::vector<NodeCondition> seen) {
    teller.note(std::move(seen), start + at, std::chrono::sys_seconds(1000s + at));
  }
  std::optional<k3s::TellRequest> next() { return teller.next(start + at); }
  void succeed(const k3s::TellRequest& request) {
    k3s::TellReport report{.told = true, .conditions = request.conditions, .told_at = 1};
    for (const auto& event : request.events) report.delivered.push_back(event.reason);
    teller.done(report, start + at);
  }
  void fail(std::vector<std::string> delivered = {}) {
    teller.done({.conditions = teller.told(), .delivered = std::move(delivered)}, start + at);
  }
  /// What is told at this moment, and taken.
  std::optional<k3s::TellRequest> tell(NodeCondition seen) {
    note({std::move(seen)});
    auto request = next();
    if (request) succeed(*request);
    return request;
  }
};

}  // namespace

TEST_CASE("k3s teller: first all is told, then nothing until the next heartbeat") {
  Node node;
  CHECK_FALSE(node.next());  // nothing was seen
  const auto first = node.tell(fine());
  REQUIRE(first);
  CHECK(first->conditions == std::vector{fine()});
  CHECK(first->events.empty());
  int told = 0;
  std::chrono::seconds last{0};
  for (; node.at < 1h; node.at += 10s) {
    if (!node.tell(fine())) continue;
    ++told;
    CHECK(node.at - last <= Teller::kHeartbeat);
    CHECK(node.at - last > Teller::kHeartbeat - Teller::kEarlier);
    last = node.at;
  }
  CHECK(told >= 11);
  CHECK(told <= 15);
}

TEST_CASE("k3s teller: nodes that boot together do not go on together") {
  std::set<std::chrono::seconds> beats;
  for (int i = 0; i < 50; ++i) {
    Node node;
    node.teller = Teller("worker-" + std::to_string(i));
    node.tell(fine());
    do node.at += 1s;
    while (!node.tell(fine()));
    beats.insert(node.at);
  }
  CHECK(beats.size() > 20);
}

TEST_CASE("k3s teller: a change is told at once, other words of the same are not") {
  Node node;
  node.tell(fine());
  node.at += 10s;
  auto other_words = fine();
  other_words.message = "other";
  CHECK_FALSE(node.tell(other_words));
  const auto changed = node.tell(failed());
  REQUIRE(changed);
  CHECK(changed->conditions == std::vector{failed()});
  REQUIRE(changed->events.size() == 1);
  CHECK(changed->events[0] == k3s::NodeEvent{.reason = "UnitFailed",
                                             .message = "seen",
                                             .warning = true,
                                             .first = 1010,
                                             .last = 1010,
                                             .count = 1});
  node.at += 10s;
  CHECK(node.tell(condition("True", "UnitFailed", "health.units another")));  // one more cause
  node.at += 10s;
  const auto over = node.tell(fine());
  REQUIRE(over);
  REQUIRE(over->events.size() == 1);
  CHECK(over->events[0].reason == "NoServiceProblem");
  CHECK_FALSE(over->events[0].warning);
  CHECK(over->events[0].message == "seen; before: seen");
}

TEST_CASE(
    "k3s teller: a node that comes up with a problem tells of it, one that is fine does not") {
  Node sick;
  const auto told = sick.tell(failed());
  REQUIRE(told);
  CHECK(told->events.size() == 1);
  Node unsure_yet;
  CHECK(unsure_yet.tell(unsure())->events.empty());
}

TEST_CASE("k3s teller: what could not be told any more is unknown at once") {
  Node node;
  node.tell(fine());
  const auto told = node.tell(unsure());
  REQUIRE(told);
  CHECK(told->conditions == std::vector{unsure()});
  CHECK(told->events[0].warning);
}

TEST_CASE("k3s teller: but a problem is not taken back by it before it has lasted") {
  Node node;
  node.tell(failed());
  for (; node.at < Teller::kProblemHeld; node.at += 10s) CHECK_FALSE(node.tell(unsure()));
  CHECK(node.tell(unsure())->conditions == std::vector{unsure()});
  Node other;
  other.tell(condition("True", "UnitFailed", "another.check"));  // which passes now
  CHECK(other.tell(unsure())->conditions == std::vector{unsure()});
}

TEST_CASE("k3s teller: an agent that was restarted goes on where it was") {
  Node node;
  node.teller.recall({.told = true, .conditions = {failed()}, .told_at = 7});
  CHECK(node.tell(unsure())->events.empty());  // its first looks
  node.at += 30s;
  CHECK_FALSE(node.tell(failed()));
  Node mended;
  mended.teller.recall({.told = true, .conditions = {failed()}, .told_at = 7});
  CHECK(mended.tell(fine())->events.size() == 1);
  Node stopped;
  const auto before = k3s::stopped_conditions(std::vector{fine()});
  stopped.teller.recall({.told = true, .conditions = before, .told_at = 7});
  const auto back = stopped.tell(fine());
  CHECK(back->conditions == std::vector{fine()});
  CHECK(back->events.empty());
}

TEST_CASE("k3s teller: while the API is away events wait, are counted, and are bounded") {
  Node node;
  node.tell(fine());
  for (int i = 0; i < 3; ++i) {  // nobody asks for more than to note it
    node.at += 60s;
    node.note({failed()});
    node.at += 60s;
    node.note({fine()});
  }
  auto request = node.next();
  REQUIRE(request);
  REQUIRE(request->events.size() == 2);
  CHECK(request->events[0].reason == "UnitFailed");
  CHECK(request->events[0].count == 3);
  CHECK(request->events[0].first == 1060);
  CHECK(request->events[0].last == 1300);
  CHECK(request->events[1].reason == "NoServiceProblem");
  node.succeed(*request);
  for (int i = 0; i < 500; ++i) {
    node.at += 1s;
    node.note({condition("True", "R" + std::to_string(i), "c")});
  }
  std::size_t told = 0;
  for (int i = 0; i < 10; ++i) {
    node.at += 1h;
    request = node.next();
    if (!request) break;
    CHECK(request->events.size() <= Teller::kAtOnce);
    told += request->events.size();
    if (i == 0) CHECK(request->events.front().reason == "R468");  // the oldest were dropped
    node.succeed(*request);
  }
  CHECK(told == Teller::kQueue);
}

TEST_CASE("k3s teller: what did not get through is tried again, ever later, and nothing is lost") {
  Node node;
  node.tell(fine());
  node.at += 10s;
  node.note({failed()});
  auto request = node.next();
  REQUIRE(request);
  CHECK_FALSE(node.next());  // one at a time
  node.note({fine()});
  node.note({failed()});  // meanwhile
  node.fail();
  std::vector<std::chrono::seconds> waited;
  for (auto last = node.at; waited.size() < 8; node.at += 1s) {
    request = node.next();
    if (!request) continue;
    waited.push_back(node.at - last);
    last = node.at;
    node.fail();
  }
  CHECK(waited == std::vector<std::chrono::seconds>{10s, 20s, 40s, 80s, 160s, 300s, 300s, 300s});
  node.at += 300s;
  request = node.next();
  REQUIRE(request);
  CHECK(request->conditions == std::vector{failed()});
  REQUIRE(request->events.size() == 2);
  CHECK(request->events[0].reason == "NoServiceProblem");
  CHECK(request->events[1].reason == "UnitFailed");
  CHECK(request->events[1].count == 2);
  node.fail({"NoServiceProblem"});
  node.at += 300s;
  request = node.next();
  REQUIRE(request);
  REQUIRE(request->events.size() == 1);
  CHECK(request->events[0].reason == "UnitFailed");
}

TEST_CASE("k3s teller: a condition that flaps costs the API little, and no event is lost") {
  Node node;
  int calls = 0;
  int counted = 0;
  for (; node.at < 1h; node.at += 10s) {
    const auto request = node.tell(node.at / 10s % 2 == 0 ? fine() : failed());
    if (!request) continue;
    ++calls;
    for (const auto& event : request->events) counted += event.count;
  }
  // Ten and one for each 30 s, and for events 25 and one for each minute.
  CHECK(calls <= 10 + 120 + 25 + 60);
  node.at += 1h;
  while (const auto request = node.next()) {
    for (const auto& event : request->events) counted += event.count;
    node.succeed(*request);
    node.at += 60s;
    if (node.at > 3h) break;
  }
  CHECK(counted == 359);
}
