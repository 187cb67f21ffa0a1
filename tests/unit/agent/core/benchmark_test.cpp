#include "agent/core/benchmark.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::core;

namespace {

Condition with(std::vector<Item> items) {
  return {.domain = "d", .phase = Phase::in_sync, .items = std::move(items)};
}

std::vector<BenchmarkItem> of(Profile profile, std::vector<Item> items) {
  const std::vector conditions{with(std::move(items))};
  return make_benchmark(profile, conditions);
}

}  // namespace

TEST_CASE("benchmark: only the ids of the profile's auditor count, in the order of their numbers",
          "[core]") {
  const auto all = of(
      Profile::cis, {{.id = "a", .rules = "CIS-D13 1.1.10, KSPP", .kind = FindingKind::pass},
                     {.id = "b", .rules = "CIS-D13 1.1.9, CIS-D13 1.1", .kind = FindingKind::pass},
                     {.id = "c", .rules = "ANSSI-BP28 R9"},
                     {.id = "d", .rules = "CIS-K3s 1.1.1"}});
  REQUIRE(all.size() == 3);
  CHECK(all[0].rule == "1.1");
  CHECK(all[1].rule == "1.1.9");
  CHECK(all[2].rule == "1.1.10");
  CHECK(of(Profile::anssi, {{.id = "c", .rules = "ANSSI-BP28 R9"}}).size() == 1);
  CHECK(of(Profile::k3s_cis, {{.id = "d", .rules = "CIS-K3s 1.1.1"}}).size() == 1);
}

TEST_CASE("benchmark: each kind of verdict comes out as itself, with evidence and remedy",
          "[core]") {
  for (const auto& [kind, outcome] : {std::pair{FindingKind::pass, Outcome::pass},
                                      {FindingKind::gap, Outcome::fail},
                                      {FindingKind::unknown, Outcome::unknown},
                                      {FindingKind::not_applicable, Outcome::not_applicable}}) {
    const auto all = of(Profile::cis, {{.id = "a",
                                        .rules = "CIS-D13 1.1",
                                        .title = "t",
                                        .kind = kind,
                                        .evidence = "e",
                                        .remedy = "r"}});
    REQUIRE(all.size() == 1);
    CHECK(all[0] == BenchmarkItem{.rule = "1.1",
                                  .id = "a",
                                  .title = "t",
                                  .outcome = outcome,
                                  .evidence = "e",
                                  .remedy = "r",
                                  .reason = ""});
  }
}

TEST_CASE("benchmark: what goes against a rule on purpose fails it with the reason", "[core]") {
  const Item forwarding{
      .id = "sysctl.net.ipv4.ip_forward",
      .rules = "K3s",
      .kind = FindingKind::pass,
      .deviation = "CIS-D13 3.3.1.1, ANSSI-BP28 R12: they want 0, and pods are routed"};
  for (const auto profile : {Profile::cis, Profile::anssi}) {
    const auto all = of(profile, {forwarding});
    REQUIRE(all.size() == 1);
    CHECK(all[0].outcome == Outcome::fail);
    CHECK(all[0].reason == "they want 0, and pods are routed");
    CHECK(all[0].remedy.empty());
  }
  CHECK(of(Profile::k3s_cis, {forwarding}).empty());
}

TEST_CASE("benchmark: a reason excuses the rules it names, and no others", "[core]") {
  const auto all = of(Profile::cis, {{.id = "a",
                                      .rules = "CIS-D13 1.1, CIS-D13 1.2",
                                      .kind = FindingKind::gap,
                                      .deviation = "CIS-D13 1.1: one partition"}});
  REQUIRE(all.size() == 2);
  CHECK(all[0].reason == "one partition");
  CHECK(all[1].reason.empty());
}

TEST_CASE("benchmark: a remark that names no rule explains a failure, and is no failure itself",
          "[core]") {
  const Item item{.id = "a",
                  .rules = "CIS-D13 1.1",
                  .kind = FindingKind::gap,
                  .deviation = "its test matches INFO alone"};
  CHECK(of(Profile::cis, {item})[0].reason == "its test matches INFO alone");
  auto holds = item;
  holds.kind = FindingKind::pass;
  CHECK(of(Profile::cis, {holds})[0].outcome == Outcome::pass);
  CHECK(of(Profile::cis, {holds})[0].reason.empty());
}

TEST_CASE("benchmark: a domain that could not be looked at is in every report as unknown",
          "[core]") {
  const std::vector<Condition> conditions{
      {.domain = "audit", .phase = Phase::unknown, .error = "no"}};
  for (const auto name : kProfiles) {
    const auto all = make_benchmark(parse_profile(name).value(), conditions);
    REQUIRE(all.size() == 1);
    CHECK(all[0].outcome == Outcome::unknown);
    CHECK(all[0].evidence == "no");
    CHECK_FALSE(all[0].remedy.empty());
  }
}

TEST_CASE("benchmark: profiles have names", "[core]") {
  for (const auto name : kProfiles) CHECK(to_string(parse_profile(name).value()) == name);
  CHECK_FALSE(parse_profile("stig"));
  CHECK_FALSE(parse_profile(""));
}
