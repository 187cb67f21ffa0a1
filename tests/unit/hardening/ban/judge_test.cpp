/// From hits to bans.
#include "hardening/ban/judge.hpp"

#include <map>
#include <string>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace kgnode;
using namespace kgnode::hardening::ban;

namespace {

const Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

struct Bans final : Judge::Record {
  std::map<Prefix, Ban> in_force;
  std::map<Prefix, unsigned> earlier;

  bool is_banned(const Prefix& source, Time at) const override {
    const auto found = in_force.find(source);
    return found != in_force.end() && found->second.until > at;
  }
  unsigned strikes(const Prefix& source, Time) const override {
    const auto found = earlier.find(source);
    return found == earlier.end() ? 0 : found->second;
  }
};

struct Court {
  Tally tally{1024, 1};
  Bans bans;
  Judge judge{tally, bans};

  explicit Court(Rules rules = {}) {
    if (rules.jails.empty()) {
      rules.jails = {{.jail = "sshd", .threshold = 3, .window = 600s, .time = 1h},
                     {.jail = "own", .threshold = 1, .window = 60s, .time = 10s}};
    }
    judge.set_rules(std::move(rules));
  }

  std::optional<Ban> hit(std::string_view address, Time at, unsigned weight = 1,
                         std::size_t jail = 0) {
    return judge.judge(
        jail, {.address = *parse_address(address), .weight = static_cast<std::uint16_t>(weight)},
        at);
  }
};

}  // namespace

TEST_CASE("ban judge: the hit that reaches the threshold is the ban") {
  Court court;
  CHECK_FALSE(court.hit("203.0.113.7", kStart));
  CHECK_FALSE(court.hit("203.0.113.7", kStart + 1s));
  CHECK_FALSE(court.hit("203.0.113.8", kStart + 1s));
  CHECK(court.hit("203.0.113.7", kStart + 2s) == Ban{.source = *parse_prefix("203.0.113.7"),
                                                     .jail = "sshd",
                                                     .since = kStart + 2s,
                                                     .until = kStart + 2s + 1h,
                                                     .strikes = 1});
  CHECK(court.hit("203.0.113.9", kStart, 3));
}

TEST_CASE("ban judge: one /64 is one source, and the /24 where that is wanted") {
  Court court({.jails = {{.jail = "sshd", .threshold = 3}}, .ipv4_prefix = 24});
  court.hit("2001:db8::1", kStart);
  court.hit("2001:db8::2", kStart);
  CHECK(court.hit("2001:db8::ffff", kStart)->source == *parse_prefix("2001:db8::/64"));
  court.hit("203.0.113.7", kStart, 2);
  CHECK(court.hit("203.0.113.200", kStart)->source == *parse_prefix("203.0.113.0/24"));
}

TEST_CASE("ban judge: a network that holds somebody who is never banned is counted by address") {
  Court court({.jails = {{.jail = "sshd", .threshold = 2}},
               .never = {{*parse_prefix("2001:db8::5"), "an address of this node"}}});
  CHECK_FALSE(court.hit("2001:db8::1", kStart));
  CHECK_FALSE(court.hit("2001:db8::2", kStart));
  CHECK(court.hit("2001:db8::1", kStart)->source == *parse_prefix("2001:db8::1"));
  CHECK_FALSE(court.hit("2001:db8::5", kStart, 100));
}

TEST_CASE("ban judge: who is never banned is not, and the reason is kept") {
  Court court({.jails = {{.jail = "sshd", .threshold = 1}},
               .never = {{*parse_prefix("10.0.0.0/24"), "the vRack"}}});
  CHECK_FALSE(court.hit("10.0.0.12", kStart, 100));
  CHECK_FALSE(court.hit("10.0.0.12", kStart + 5s, 100));
  const auto& spared = court.judge.spared().at(*parse_address("10.0.0.12"));
  CHECK(spared.hits == 2);
  CHECK(spared.reason == "the vRack");
  CHECK(spared.jail == "sshd");
  for (int i = 1; i < 200; ++i) court.hit("10.0.0." + std::to_string(i), kStart + 10s);
  CHECK(court.judge.spared().size() == Judge::kSpared);
}

TEST_CASE("ban judge: lines of a banned source are no further offence") {
  Court court;
  const auto ban = court.hit("203.0.113.7", kStart, 3);
  REQUIRE(ban);
  court.bans.in_force[ban->source] = *ban;
  CHECK_FALSE(court.hit("203.0.113.7", kStart + 1s, 100));
  CHECK(court.hit("203.0.113.7", kStart + 2h, 3));
}

TEST_CASE("ban judge: who comes back stays out longer, up to the longest") {
  const Rules rules{.jails = {{.jail = "sshd", .threshold = 1, .time = 1h}},
                    .escalation = 4,
                    .longest = std::chrono::days(1)};
  Court court(rules);
  court.bans.earlier[*parse_prefix("203.0.113.7")] = 2;
  const auto ban = court.hit("203.0.113.7", kStart);
  CHECK(ban->strikes == 3);
  CHECK(ban->until - ban->since == 16h);
  const auto& rule = rules.jails.front();
  CHECK(ban_time(rule, 1, rules) == 1h);
  CHECK(ban_time(rule, 2, rules) == 4h);
  CHECK(ban_time(rule, 4, rules) == 24h);
  CHECK(ban_time(rule, 4'000'000'000U, rules) == 24h);
  auto equal = rules;
  equal.escalation = 1;
  CHECK(ban_time(rule, 4'000'000'000U, equal) == 1h);
}

TEST_CASE("ban judge: jails have their own counts and times") {
  Court court;
  CHECK_FALSE(court.hit("203.0.113.7", kStart, 2));
  const auto ban = court.hit("203.0.113.7", kStart, 1, 1);
  REQUIRE(ban);
  CHECK(ban->jail == "own");
  CHECK(ban->until == kStart + 10s);
}

TEST_CASE("ban never: everybody who must not be cut off is on the list, and has a reason") {
  config::Config config;
  config.network.vrack = *parse_prefix("10.0.0.0/24");
  config.k3s.cluster_cidr = *parse_prefix("10.42.0.0/16");
  config.k3s.service_cidr = *parse_prefix("10.43.0.0/16");
  config.k3s.servers = {*parse_address("172.16.0.1")};
  config.firewall.load_balancer = {*parse_prefix("192.0.2.200/30")};
  config.admin.from = {*parse_prefix("203.0.113.0/24"), *parse_prefix("0.0.0.0/0")};
  config.ban.never = {*parse_prefix("198.51.100.1")};
  const auto list = make_never_list(config, {*parse_address("54.36.113.86")});
  const auto why = [&list](std::string_view source) {
    const auto* found = find_never(list, *parse_prefix(source));
    return found == nullptr ? std::string() : found->reason;
  };
  CHECK(why("10.0.0.77") == "the vRack");
  CHECK(why("10.42.3.4") == "pods");
  CHECK(why("10.43.0.1") == "services");
  CHECK(why("172.16.0.1") == "k3s.servers");
  CHECK(why("192.0.2.201") == "firewall.load_balancer");
  CHECK(why("203.0.113.9") == "admin.from");
  CHECK(why("198.51.100.1") == "ban.never");
  CHECK(why("54.36.113.86") == "an address of this node");
  CHECK(why("54.36.0.0/16") == "an address of this node");
  CHECK(why("127.0.0.1") == "loopback");
  CHECK(why("fe80::1") == "link-local");
  CHECK(why("8.8.8.8").empty());
  CHECK(why("2001:db8::1").empty());
}
