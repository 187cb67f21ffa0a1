/// Probes of the largest datagram: when they are sent, and what their silence means.
#include "agent/peers/path_probe.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kgnode::peers::PathProbe;

namespace {

constexpr std::size_t kFull = 1472;

/// Runs seconds of the probe over a path that takes up to `limit`.
PathProbe::Mono run(PathProbe& probe, PathProbe::Mono now, int seconds, std::size_t limit) {
  for (int i = 0; i < seconds; ++i, now += 1s) {
    const auto size = probe.due(now, kFull);
    if (size && *size <= limit) probe.answered(*size);
  }
  return now;
}

constexpr PathProbe::Mono kStart{1000s};

}  // namespace

TEST_CASE("path probe: a path that takes what the interface takes is asked every eight seconds",
          "[peers]") {
  PathProbe probe;
  int sent = 0;
  for (auto now = kStart; now < kStart + 100s; now += 1s) {
    const auto size = probe.due(now, kFull);
    if (!size) continue;
    CHECK(*size == kFull);
    probe.answered(*size);
    ++sent;
  }
  CHECK(sent == 13);
  CHECK(probe.largest() == kFull);
  CHECK_FALSE(probe.is_narrow());
}

TEST_CASE("path probe: a black hole is seen within 15 s, measured, and its end within 6 s",
          "[peers]") {
  PathProbe probe;
  auto now = run(probe, kStart, 11, 9000);
  now = run(probe, now, 15, 1430);
  CHECK(probe.is_narrow());
  now = run(probe, now, 3, 1430);
  CHECK(probe.largest() == 1422U);
  now = run(probe, now, 60, 1430);
  CHECK(probe.is_narrow());
  now = run(probe, now, 6, 9000);
  CHECK_FALSE(probe.is_narrow());
  CHECK(probe.largest() == kFull);
}

TEST_CASE("path probe: three lost probes are no black hole", "[peers]") {
  PathProbe probe;
  auto now = run(probe, kStart, 3, 0);
  run(probe, now, 2, 9000);
  CHECK_FALSE(probe.is_narrow());
  CHECK(probe.largest() == kFull);
}

TEST_CASE("path probe: below the smallest step only beacons get through", "[peers]") {
  PathProbe probe;
  run(probe, kStart, 20, 1200);
  CHECK(probe.is_narrow());
  CHECK(probe.largest() == 1200U);
}

TEST_CASE("path probe: an interface of another size begins anew", "[peers]") {
  PathProbe probe;
  run(probe, kStart, 20, 1200);
  CHECK(probe.due(kStart + 30s, 8972) == 8972U);
  CHECK_FALSE(probe.is_narrow());
}
