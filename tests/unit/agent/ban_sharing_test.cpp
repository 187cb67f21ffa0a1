/// Bans of other nodes: which of them are to be bans here too.
#include "agent/ban_sharing.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using hardening::ban::Never, hardening::ban::Time;

namespace {

const Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

Prefix prefix(std::string_view text) { return *parse_prefix(text); }

}  // namespace

TEST_CASE("ban sharing: a ban of another node is one here, for as long as it has left", "[ban]") {
  const auto taken = bans_to_take(
      "worker-1", {{prefix("198.51.100.7"), 600s}}, {}, 7 * 24h,
      [](const Prefix&) { return false; }, kNow);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].ban == hardening::ban::Ban{.source = prefix("198.51.100.7"),
                                            .jail = "shared",
                                            .since = kNow,
                                            .until = kNow + 600s});
  CHECK(taken[0].lines == std::vector<std::string>{"worker-1 banned it"});
}

TEST_CASE("ban sharing: who is never banned, and who is settled, is left alone", "[ban]") {
  const std::vector<Never> never = {{prefix("203.0.113.0/24"), "admin.from"}};
  const auto taken = bans_to_take(
      "worker-1",
      {{prefix("203.0.113.9"), 60s}, {prefix("198.51.100.7"), 60s}, {prefix("2001:db8::/64"), 60s}},
      never, 1h, [](const Prefix& source) { return source == prefix("198.51.100.7"); }, kNow);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].ban.source == prefix("2001:db8::/64"));
}

TEST_CASE("ban sharing: another node cannot make a ban longer than the longest here", "[ban]") {
  const auto taken = bans_to_take(
      "worker-1", {{prefix("198.51.100.7"), 9'000'000'000s}}, {}, 1h,
      [](const Prefix&) { return false; }, kNow);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].ban.until == kNow + 1h);
}
