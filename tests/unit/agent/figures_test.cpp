/// Figures as the API has them.
#include "agent/figures.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

struct FixedClock final : Clock {
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 9h;
  }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(100h);
  }
};

}  // namespace

TEST_CASE("figures: the history has whole minutes up to now, by the clock of the wall") {
  History history;
  const FixedClock clock;
  const auto node = *parse_address("10.0.0.12");
  history.note({.bans = 1}, clock.monotonic() - 2min);
  history.note({.bans = 4}, clock.monotonic() - 90s);
  history.note_node(node, {"cp-2", "alive", "ready"}, "", clock.monotonic() - 2h);
  history.note_node(node, {"cp-2", "gone", "ready"}, "silent for 30s", clock.monotonic() - 10s);
  const auto shown = make_history_json(history, 1h, clock);
  CHECK(shown.at("minutes_each") == 1);
  const auto& buckets = shown.at("buckets").as_array();
  REQUIRE(buckets.size() == 60);
  CHECK(buckets.back().at("begin") == "2026-03-01T09:00:00.000000Z");
  CHECK(buckets.back().at("bans").is_null());  // nobody has looked yet
  CHECK(buckets[57].at("begin") == "2026-03-01T08:58:00.000000Z");
  CHECK(buckets[57].at("bans") == 3);
  CHECK(buckets[57].at("processor").is_null());
  // What is older than an hour is in what it was before.
  REQUIRE(shown.at("changes").as_array().size() == 1);
  CHECK(shown.at("changes").at(0) ==
        boost::json::parse(
            R"({"time":"2026-03-01T08:59:50.000000Z","name":"cp-2","address":"10.0.0.12",)"
            R"("state_before":"alive","phase_before":"ready","state":"gone","phase":"ready",)"
            R"("why":"silent for 30s"})"));
  CHECK(make_history_json(history, 24h, clock).at("buckets").as_array().size() == kBuckets);
}

TEST_CASE("figures: what could not be read is null, and an image is no disk that fills") {
  health::Readings readings;
  readings.spaces.emplace("/", sys::MountSpace{.total = 9, .sealed = true});
  readings.spaces.emplace("/var",
                          sys::MountSpace{.total = 100, .free = 25, .inodes = 8, .free_inodes = 4});
  readings.spaces.emplace("/none", std::optional<sys::MountSpace>());
  readings.load = health::Load{.one = 0.5, .five = 0.25, .fifteen = 0.125};
  const auto shown = make_readings_json(readings, {});
  CHECK(
      shown.at("spaces") ==
      boost::json::parse(R"([{"mount":"/var","total":100,"free":25,"inodes":8,"free_inodes":4}])"));
  CHECK(shown.at("load") == boost::json::parse(R"({"one":0.5,"five":0.25,"fifteen":0.125})"));
  CHECK(shown.at("memory").is_null());
  CHECK(shown.at("interface").is_null());
  CHECK(shown.at("energy").is_null());
}
