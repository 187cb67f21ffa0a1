#include "agent/health/tracker.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::health;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using enum kgnode::core::FindingKind;

namespace {

struct Watch {
  Tracker tracker;
  Verdict verdict{
      .id = "a", .severity = Severity::critical, .before_told = 30s, .before_over = 60s};

  kgnode::core::Finding at(std::chrono::seconds time, kgnode::core::FindingKind kind,
                           const std::string& evidence = "seen") {
    verdict.kind = kind;
    verdict.evidence = evidence;
    verdict.remedy = "do it";
    const auto told = tracker.settle({verdict}, Tracker::Time(time));
    REQUIRE(told.size() == 1);
    return told[0].finding;
  }
};

}  // namespace

TEST_CASE("health tracker: a gap is told when it has held, and not before", "[health]") {
  Watch watch;
  CHECK(watch.at(0s, pass).kind == pass);
  CHECK(watch.at(10s, gap).kind == pass);
  CHECK_THAT(watch.at(39s, gap, "bad").text, ContainsSubstring("now: bad"));
  const auto told = watch.at(40s, gap, "bad");
  CHECK(told.kind == gap);
  CHECK(told.text == "critical: bad");
  CHECK(told.remedy == "do it");
}

TEST_CASE("health tracker: a gap is over when the pass has held, and begins anew else",
          "[health]") {
  Watch watch;
  watch.verdict.before_told = 0s;
  CHECK(watch.at(0s, gap).kind == gap);
  CHECK(watch.at(10s, pass).kind == gap);
  CHECK(watch.at(40s, gap).kind == gap);
  CHECK(watch.at(50s, pass).kind == gap);
  CHECK(watch.at(109s, pass).kind == gap);
  const auto over = watch.at(110s, pass);
  CHECK(over.kind == pass);
  CHECK(over.remedy.empty());
}

TEST_CASE("health tracker: a moment between two looks is no gap", "[health]") {
  Watch watch;
  CHECK(watch.at(0s, pass).kind == pass);
  CHECK(watch.at(10s, gap).kind == pass);
  CHECK(watch.at(20s, pass).kind == pass);
  CHECK(watch.at(45s, gap).kind == pass);
}

TEST_CASE("health tracker: the first gap is unknown until it has held, never a pass", "[health]") {
  Watch watch;
  const auto first = watch.at(0s, gap, "bad");
  CHECK(first.kind == unknown);
  CHECK(first.text == "bad; a gap when it lasts for 30s");
  CHECK(first.remedy == "do it");
  CHECK(watch.at(30s, gap).kind == gap);
}

TEST_CASE("health tracker: unknown is told at once, and so is its end", "[health]") {
  Watch watch;
  CHECK(watch.at(0s, pass).kind == pass);
  const auto lost = watch.at(10s, unknown, "no such file");
  CHECK(lost.kind == unknown);
  CHECK(lost.text == "no such file");
  CHECK(watch.at(20s, pass).kind == pass);
}

TEST_CASE("health tracker: what depends on another is told only when that passes", "[health]") {
  Tracker tracker;
  const Verdict first{.id = "first", .kind = pass};
  const Verdict second{.id = "second", .kind = pass, .depends_on = "first"};
  CHECK(tracker.settle({second, first}, {}).size() == 2);
  for (const auto kind : {gap, unknown}) {
    auto failing = first;
    failing.kind = kind;
    const auto told = tracker.settle({failing, second}, {});
    REQUIRE(told.size() == 1);
    CHECK(told[0].finding.id == "first");
  }
  CHECK(tracker.settle({second}, {}).empty());
}

TEST_CASE("health tracker: a check that went away begins anew", "[health]") {
  Watch watch;
  CHECK(watch.at(0s, gap).kind == unknown);
  CHECK(watch.tracker.settle({}, Tracker::Time(10s)).empty());
  CHECK(watch.at(40s, gap).kind == unknown);
}
