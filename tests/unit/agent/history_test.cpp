/// What happened in the last day.
#include "agent/history.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

using Mono = History::Mono;

const Mono kStart = Mono(100h);

History::Look look(std::uint64_t bans, std::optional<std::uint64_t> dropped = std::nullopt) {
  return {.bans = bans, .dropped = dropped, .processors = std::nullopt, .memory = std::nullopt};
}

}  // namespace

TEST_CASE("history: what is counted belongs to the minute in which it was seen") {
  History history;
  history.note(look(5, 100), kStart);
  history.note(look(7, 150), kStart + 10s);
  history.note(look(7, 150), kStart + 50s);
  history.note(look(8, 160), kStart + 70s);
  const auto minutes = history.buckets(1min, 3, kStart + 80s);
  REQUIRE(minutes.size() == 3);
  CHECK_FALSE(minutes[0].known);
  CHECK(minutes[1].begin == kStart);
  CHECK(minutes[1].bans == 2);
  CHECK(minutes[1].dropped == 50);
  CHECK(minutes[2].bans == 1);
  CHECK(minutes[2].dropped == 10);
}

TEST_CASE("history: a counter that begins anew, or cannot be read for once, loses nothing") {
  History history;
  history.note(look(5, 100), kStart);
  history.note(look(5), kStart + 10s);
  history.note(look(5, 130), kStart + 20s);
  history.note(look(5, 4), kStart + 30s);  // the rules were loaded anew
  CHECK(history.buckets(1min, 1, kStart + 40s)[0].dropped == 34);
}

TEST_CASE("history: of what is measured the highest counts, and unknown stays unknown") {
  History history;
  auto first = look(0);
  first.memory = health::Memory{.total = 1000, .available = 400};
  first.processors = health::ProcessorTime{.busy = 100, .idle = 100, .processors = 1};
  history.note(first, kStart);
  auto second = first;
  second.memory->available = 900;
  second.processors = health::ProcessorTime{.busy = 175, .idle = 125, .processors = 1};
  history.note(second, kStart + 10s);
  auto third = second;
  third.processors = health::ProcessorTime{.busy = 175, .idle = 225, .processors = 1};
  history.note(third, kStart + 20s);
  const auto minute = history.buckets(1min, 1, kStart + 30s)[0];
  CHECK(minute.memory == 0.6);
  CHECK(minute.processor == 0.75);
  History blind;
  blind.note(look(0), kStart);
  CHECK_FALSE(blind.buckets(1min, 1, kStart)[0].memory);
  CHECK_FALSE(blind.buckets(1min, 1, kStart)[0].processor);
}

TEST_CASE("history: minutes are put together with borders that stay") {
  History history;
  for (int i = 0; i < 25; ++i) history.note(look(static_cast<std::uint64_t>(i)), kStart + 1min * i);
  const auto at_24 = history.buckets(10min, 3, kStart + 24min);
  CHECK(at_24[0].bans == 9);  // what was there before the first look is not of it
  CHECK(at_24[1].bans == 10);
  CHECK(at_24[2].bans == 5);
  CHECK(history.buckets(10min, 3, kStart + 29min)[2].bans == 5);
  CHECK(history.buckets(10min, 3, kStart + 30min)[1].bans == 5);
}

TEST_CASE("history: after a day the oldest minutes are gone") {
  History history;
  history.note(look(0), kStart);
  history.note(look(9), kStart + 1s);
  history.note(look(9), kStart + 24h);
  std::uint64_t bans = 0;
  for (const auto& bucket : history.buckets(10min, 144, kStart + 24h)) bans += bucket.bans;
  CHECK(bans == 0);
}

TEST_CASE("history: a node is told of when it is another one than before") {
  History history;
  const auto node = *parse_address("10.0.0.12");
  history.note_node(node, {"cp-2", "alive", "ready"}, "", kStart);
  history.note_node(node, {"cp-2", "alive", "ready"}, "other words", kStart + 10s);
  history.note_node(node, {"cp-2", "gone", "ready"}, "silent for 30s", kStart + 40s);
  REQUIRE(history.changes().size() == 2);
  CHECK(history.changes()[0].was.state.empty());
  CHECK(history.changes()[1].was.state == "alive");
  CHECK(history.changes()[1].node.state == "gone");
  CHECK(history.changes()[1].why == "silent for 30s");
  CHECK(history.changes()[1].at == kStart + 40s);
}

TEST_CASE("history: it is bounded, and what is cut stays UTF-8") {
  History history;
  const auto node = *parse_address("10.0.0.12");
  for (std::size_t i = 0; i < History::kChanges + 10; ++i)
    history.note_node(node, {"cp-2", "alive", std::to_string(i)}, "", kStart);
  CHECK(history.changes().size() == History::kChanges);
  CHECK(history.changes().front().node.phase == "10");
  std::string why(History::kLongestWhy - 1, 'a');
  history.note_node(node, {"cp-2", "gone", "x"}, why + "ööö", kStart);
  CHECK(history.changes().back().why == why + "...");
}
