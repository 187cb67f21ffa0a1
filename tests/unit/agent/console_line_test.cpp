/// The console has what nobody else may hear of, and nothing of a node that is well.
#include "agent/console_line.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kgnode::ConsoleLine, kgnode::PhaseReport;

namespace {

std::vector<kgnode::core::ModuleState> without_interface() {
  kgnode::core::ModuleState state{.condition = {.domain = "health"}};
  state.condition.findings = {
      {"health.space./", kgnode::core::FindingKind::gap, "full", "delete"},
      {"health.interface", kgnode::core::FindingKind::gap, "no interface has 10.0.0.9", "look"}};
  return {state};
}

}  // namespace

TEST_CASE("console line: a node that is well says nothing") {
  ConsoleLine line;
  for (const auto* phase : {"hardened", "ready", "joining"})
    CHECK_FALSE(line.next({phase, ""}, {}, ConsoleLine::Time(1h)));
  CHECK_FALSE(line.next({"booting", "the first run is under way"}, {}, ConsoleLine::Time(2h)));
}

TEST_CASE("console line: trouble that lasts is told once, and anew when it comes again") {
  ConsoleLine line;
  const PhaseReport bad{"degraded", "storage: no disk"};
  ConsoleLine::Time now(1h);
  CHECK_FALSE(line.next(bad, {}, now));
  CHECK_FALSE(line.next({"degraded", "storage: another"}, {}, now += 10s));
  CHECK_FALSE(line.next(bad, {}, now += 10s));
  CHECK(line.next(bad, {}, now += ConsoleLine::kHold) == "kgnode: degraded: storage: no disk");
  CHECK_FALSE(line.next(bad, {}, now += 1h));
  CHECK_FALSE(line.next({"hardened", ""}, {}, now += 10s));
  CHECK_FALSE(line.next(bad, {}, now += 10s));
  CHECK(line.next(bad, {}, now += ConsoleLine::kHold));
  CHECK_FALSE(line.next({"joining", "server 10.0.0.7 does not answer"}, {}, now += 1s));
  CHECK(line.next({"joining", "server 10.0.0.7 does not answer"}, {}, now += ConsoleLine::kHold));
}

TEST_CASE("console line: without a configuration at once") {
  ConsoleLine line;
  CHECK(line.next({"maintenance", "node.toml:1:1: x"}, {}, ConsoleLine::Time(1h)) ==
        "kgnode: maintenance: node.toml:1:1: x");
}

TEST_CASE("console line: a node without its interface is heard by nobody") {
  ConsoleLine line;
  CHECK_FALSE(line.next({"joining", "waits"}, without_interface(), ConsoleLine::Time(1h)));
  CHECK(line.next({"joining", "waits"}, without_interface(), ConsoleLine::Time(2h)) ==
        "kgnode: joining: no interface has 10.0.0.9; look");
}
