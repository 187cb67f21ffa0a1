#include "agent/health/energy.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::health;
using namespace std::chrono_literals;
using Catch::Matchers::WithinRel;

namespace {

Readings metered(std::chrono::seconds at, std::uint64_t package, std::uint64_t core) {
  Readings now{.at = std::chrono::steady_clock::time_point(at)};
  now.meters = std::vector<EnergyMeter>{{"package-0", package, 1'000'000'000},
                                        {"core", core, 1'000'000'000}};
  return now;
}

Readings estimated(std::chrono::seconds at, std::uint64_t busy, std::uint64_t idle) {
  Readings now{.at = std::chrono::steady_clock::time_point(at)};
  now.processors = ProcessorTime{.busy = busy, .idle = idle, .processors = 2};
  now.memory = Memory{.total = std::uint64_t{4} << 30U, .available = 1};
  return now;
}

}  // namespace

TEST_CASE("energy: a meter is read as it is, its parts not twice", "[health]") {
  const auto energy =
      add_energy({}, metered(0s, 5'000'000, 0), metered(10s, 55'000'000, 9'000'000), {});
  CHECK(energy.source == EnergySource::meter);
  CHECK_THAT(energy.joules, WithinRel(50.0));
  CHECK_THAT(energy.watts, WithinRel(5.0));
  CHECK_FALSE(energy.grams);
}

TEST_CASE("energy: a counter that is full begins anew", "[health]") {
  const auto energy = add_energy({}, metered(0s, 999'000'000, 0), metered(10s, 1'000'000, 0), {});
  CHECK_THAT(energy.joules, WithinRel(2.0));
}

TEST_CASE("energy: without a meter the model, from idle to busy", "[health]") {
  const double memory = 4 * kWattsPerGibibyte;
  const auto idle = add_energy({}, estimated(0s, 0, 0), estimated(10s, 0, 2000), {});
  CHECK(idle.source == EnergySource::estimate);
  CHECK_THAT(idle.watts, WithinRel(2 * kIdleWatts + memory));
  const auto busy = add_energy({}, estimated(0s, 0, 0), estimated(10s, 2000, 0), {});
  CHECK_THAT(busy.watts, WithinRel(2 * kBusyWatts + memory));
  CHECK_THAT(busy.joules, WithinRel(10 * (2 * kBusyWatts + memory)));
}

TEST_CASE("energy: a sum, its grams, and what one request costs", "[health]") {
  auto was = metered(0s, 0, 0);
  auto now = metered(10s, 36'000'000, 0);
  was.requests = 100;
  now.requests = 109;
  const auto first = add_energy({.source = EnergySource::meter, .joules = 3564}, was, now, 50);
  CHECK_THAT(first.joules, WithinRel(3600.0));
  REQUIRE(first.grams);
  CHECK_THAT(*first.grams, WithinRel(0.05));
  REQUIRE(first.joules_per_request);
  CHECK_THAT(*first.joules_per_request, WithinRel(400.0));
  auto later = metered(20s, 36'000'000, 0);
  later.requests = 1;  // counted from zero again
  CHECK(add_energy(first, now, later, 50).requests == 10);
}

TEST_CASE("energy: another source begins anew, none leaves all as it was", "[health]") {
  const Energy before{.source = EnergySource::meter, .joules = 100};
  CHECK(add_energy(before, estimated(0s, 0, 0), estimated(10s, 0, 100), {}).joules < 100);
  Readings blank{.at = std::chrono::steady_clock::time_point(10s)};
  CHECK(add_energy(before, blank, blank, {}) == before);
}

TEST_CASE("energy: the finding says whether it was measured, and unknown is no pass", "[health]") {
  using kgnode::core::FindingKind;
  CHECK(energy_finding({}, false).kind == FindingKind::unknown);
  CHECK_FALSE(energy_finding({}, false).remedy.empty());
  const auto told = energy_finding(
      {.source = EnergySource::estimate, .joules = 20, .watts = 2, .grams = 0.5}, true);
  CHECK(told.kind == FindingKind::pass);
  CHECK(told.text ==
        "2.0 W now, 20 J since the agent started (an estimate), 0.50 g of CO2 "
        "equivalent, no request counted yet");
}
