/// Nothing is planned: what is found is told.
#include "agent/health/health.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using health::Health;

TEST_CASE("health plan: every check is told, energy last, and there is nothing to do", "[health]") {
  const core::Finding full{.id = "health.space./var", .text = "full", .remedy = "df"};
  const Health::Observed have{.checks = {{.finding = full}}, .energy = {}};
  const auto findings = Health::findings({}, have);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0] == full);
  CHECK(findings[1].id == "health.energy");
  CHECK(Health::plan({}, have).empty());
}
