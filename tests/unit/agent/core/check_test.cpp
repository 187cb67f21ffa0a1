#include "agent/core/check.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::core;

TEST_CASE("check: a domain in sync passes, one with steps fails and names the first", "[check]") {
  const auto one = [](Condition condition) { return make_checks(condition).front(); };
  CHECK(one({.domain = "ssh", .phase = Phase::in_sync}) ==
        Check{.id = "ssh.in_sync", .outcome = Outcome::pass, .evidence = "as configured"});
  const auto due = one({.domain = "ssh", .phase = Phase::pending, .steps = {{.text = "reload"}}});
  CHECK(due.outcome == Outcome::fail);
  CHECK(due.evidence == "1 to be done: reload");
  CHECK_FALSE(due.remedy.empty());
}

TEST_CASE("check: what a domain could not see is unknown, never a pass", "[check]") {
  const auto checks = make_checks({.domain = "ssh", .phase = Phase::unknown, .error = "no sshd"});
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].outcome == Outcome::unknown);
  CHECK(checks[0].evidence == "no sshd");
}

TEST_CASE("check: findings keep their id, and their kind is the outcome", "[check]") {
  const auto checks = make_checks({.domain = "a",
                                   .phase = Phase::in_sync,
                                   .findings = {{"a.b", FindingKind::gap, "no b", "make b"},
                                                {"a.c", FindingKind::unknown, "c?", "look"},
                                                {"a.d", FindingKind::pass, "d is there", ""}}});
  REQUIRE(checks.size() == 4);
  CHECK(checks[1] == Check{"a.b", Outcome::fail, "no b", "make b"});
  CHECK(checks[2].outcome == Outcome::unknown);
  CHECK(checks[3].outcome == Outcome::pass);
}
