/// What real packets meet, and that `explain` says the same.
#include <cstdlib>
#include <format>

#include "hardening/ban/kernel_sets.hpp"
#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/rules.hpp"
#include "tests/kernel/firewall_random.hpp"
#include "tests/kernel/firewall_world.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using namespace kgnode::hardening::firewall;
using test::address;
using test::Random;
using test::run;

namespace {

std::string describe(const Packet& packet) {
  const std::string_view transport = packet.transport == Transport::tcp   ? "tcp"
                                     : packet.transport == Transport::udp ? "udp"
                                                                          : "echo";
  return std::format("{} -> {}:{}/{}", to_string(packet.source), to_string(packet.destination),
                     packet.port, transport);
}

Address random_source(Random& random, const config::Config& config) {
  auto vrack = config.network.vrack.network;
  auto pod = config.k3s.cluster_cidr.network;
  pod.bytes[3] = 5;
  vrack.bytes[3] = static_cast<std::uint8_t>(12 + random.below(6));
  std::vector<Address> all = {pod,
                              vrack,
                              vrack,
                              address(std::format("203.0.113.{}", 1 + random.below(200))),
                              address(std::format("198.{}.3.4", 1 + random.below(40))),
                              address(std::format("2001:db8:{:x}::9", 1 + random.below(200)))};
  for (const auto* list : {&config.admin.from, &config.firewall.load_balancer}) {
    for (const auto& network : *list) all.push_back(test::inside(random, network));
  }
  return random.pick(all);
}

Address random_destination(Random& random, const config::Config& config, const Address& from) {
  if (from.family == Family::ipv6) return address(test::kNodePublic6);
  auto pod = config.k3s.cluster_cidr.network;
  pod.bytes[3] = 1;
  std::vector<Address> all = {address(test::kNodePublic4), config.network.address,
                              config.network.address, pod};
  if (config.k3s.cluster_cidr.contains(from)) {
    all.push_back(address(test::kOutside4));
    all.push_back(address("169.254.169.254"));
  } else {
    pod.bytes[3] = 5;
    all.push_back(pod);
  }
  return random.pick(all);
}

Target random_target(Random& random, const config::Config& config, const Address& from) {
  static const std::vector<std::uint16_t> usual = {
      22,    80,   443,  2379,  2380,  6443,  8080,  8472,  9100,  9180,  9181,  10250, 10257,
      10259, 6444, 2381, 30000, 30080, 30443, 31000, 32767, 51820, 51821, 12000, 12010};
  Target target{.address = random_destination(random, config, from)};
  target.transport = random.chance(3) ? Transport::udp : Transport::tcp;
  target.port = random.pick(usual);
  for (const auto* list : {&config.firewall.allow, &config.firewall.node_ports}) {
    if (list->empty() || !random.chance(3)) continue;
    const auto& ports = random.pick(*list).ports;
    target.transport = ports.protocol == Protocol::tcp ? Transport::tcp : Transport::udp;
    target.port = random.chance(2) ? ports.first : static_cast<std::uint16_t>(ports.last + 1);
  }
  if (random.chance(8)) target = {.address = target.address};
  return target;
}

struct Tally {
  int passed = 0;
  int dropped = 0;
  int banned = 0;
};

/// Some of the sources are banned, as one address, as what counts as one source, or with a network.
std::vector<ban::Ban> random_bans(Random& random, const std::vector<Address>& sources,
                                  SourceBits bits) {
  std::vector<ban::Ban> bans;
  const auto now = std::chrono::system_clock::now();
  for (unsigned i = random.below(4); i > 0; --i) {
    const auto& source = random.pick(sources);
    const auto length = random.pick<std::uint8_t>(
        {static_cast<std::uint8_t>(source.bits()), bits.of(source.family), 20});
    bans.push_back({.source = make_prefix(source, length),
                    .jail = "manual",
                    .since = now,
                    .until = now + std::chrono::hours(1)});
  }
  return bans;
}

void compare(const test::World& world, sys::Nftables& nftables, const config::Config& config,
             Random& random, Tally& tally) {
  const auto own = world.own(config);
  auto rules = make_ruleset(config);
  std::vector<Address> sources;
  for (int i = 0; i < 30; ++i) sources.push_back(random_source(random, config));
  const SourceBits bits{config.ban.ipv4_prefix, config.ban.ipv6_prefix};
  const auto bans = random_bans(random, sources, bits);
  ban::KernelSets banned(nftables);
  REQUIRE(banned.fill(bits, bans, {}, std::chrono::system_clock::now()));
  for (const auto& ban : bans) add_ban(rules, ban.source, bits);
  for (const auto& from : sources) {
    if (std::ranges::contains(own, from)) continue;
    const auto packet = make_packet(config, from, random_target(random, config, from), own);
    const auto answer = explain(rules, packet);
    const bool passes = world.passes(packet, answer.pass);
    INFO(describe(packet) << " decided by " << answer.rule);
    CHECK(passes == answer.pass);
    ++(passes ? tally.passed : tally.dropped);
    tally.banned += answer.rule.starts_with("ban.") ? 1 : 0;
  }
  std::vector<Prefix> all;
  for (const auto& ban : bans) all.push_back(ban.source);
  REQUIRE(banned.remove(all, std::chrono::system_clock::now()));
}

}  // namespace

TEST_CASE("explain answers what the kernel does to real packets") {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here writes the environment
  const int rounds = std::getenv("KGNODE_LONG") != nullptr ? 500 : 30;
  test::World world;
  auto nftables = test::open_nftables(world);
  Tally tally;
  for (int round = 0; round < rounds; ++round) {
    INFO("seed " << round);
    Random random(static_cast<std::uint64_t>(round));
    const auto config = test::random_firewall_config(random);
    world.follow(config);
    REQUIRE(nftables.replace(compile(make_ruleset(config))));
    compare(world, nftables, config, random, tally);
  }
  CHECK(tally.passed > rounds * 3);  // both answers were put to the test
  CHECK(tally.dropped > rounds * 3);
  CHECK(tally.banned > rounds);
}

namespace {

/// One packet against a rule set, by hand.
struct Case {
  std::string_view what;
  Packet packet;
  bool pass;
};

Packet packet(std::string_view from, std::string_view to, std::uint16_t port, Ingress ingress,
              Transport transport = Transport::udp) {
  return {.source = address(from),
          .destination = address(to),
          .transport = transport,
          .port = port,
          .ingress = ingress};
}

void check(const test::World& world, const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    INFO(one.what);
    CHECK(world.passes(one.packet, one.pass) == one.pass);
  }
}

}  // namespace

TEST_CASE(
    "a source address of the vRack, of pods, of the node or of loopback from outside is dropped") {
  test::World world;
  auto config = test::sample_config(config::Role::worker);
  config.firewall.allow = {{.ports = *parse_port_range("9100/udp")}};
  world.follow(config);
  auto nftables = test::open_nftables(world);
  REQUIRE(nftables.replace(compile(make_ruleset(config))));
  using enum Ingress;
  check(world,
        {{"an honest one", packet("203.0.113.7", "198.51.100.2", 9100, outside), true},
         {"vRack", packet("10.0.0.12", "10.0.0.11", 9181, outside), false},
         {"vRack to another port", packet("10.0.0.12", "198.51.100.2", 9100, outside), false},
         {"pods", packet("10.42.0.5", "198.51.100.2", 9100, outside), false},
         {"ourselves", packet("10.0.0.11", "198.51.100.2", 9100, outside), false},
         {"a pod as vRack", packet("10.0.0.12", "10.0.0.11", 9181, pods), false},
         {"a pod as somebody", packet("203.0.113.7", "198.51.100.2", 9180, pods), false},
         {"the vRack itself", packet("10.0.0.12", "10.0.0.11", 9181, vrack), true}});
}

TEST_CASE("what is dropped is counted by the rule that drops it") {
  test::World world;
  const auto config = test::sample_config(config::Role::worker);
  world.follow(config);
  auto nftables = test::open_nftables(world);
  const auto rules = make_ruleset(config);
  REQUIRE(nftables.replace(compile(rules)));
  const auto sent = packet("203.0.113.7", "198.51.100.2", 9999, Ingress::outside);
  const auto rule = explain(rules, sent).rule;
  const auto count = [&nftables, &rule] {
    const auto drops = nftables.count_drops("kgnode");
    REQUIRE(drops);
    const auto found = std::ranges::find(*drops, rule, &sys::DropCount::rule);
    REQUIRE(found != drops->end());
    return found->packets;
  };
  // The namespaces' own neighbour discovery comes to the same rule.
  const auto before = count();
  for (int i = 0; i < 30; ++i) CHECK_FALSE(world.passes(sent, false));
  CHECK(count() - before >= 30);
  CHECK(count() - before < 60);
  // A table that is not there has counted nothing, which is not the same as none dropped.
  CHECK_FALSE(nftables.count_drops("another"));
}

TEST_CASE("published ports obey before their destination is rewritten, and pods reach everything") {
  test::World world;
  auto config = test::sample_config(config::Role::worker);
  config.firewall.node_ports = {
      {.ports = *parse_port_range("31000/udp"), .from = config.admin.from}};
  world.follow(config);
  {
    const auto inside = world.node.enter();
    run({"nft", "-f", "-"},
        "table ip nat {\nchain prerouting {\ntype nat hook prerouting priority dstnat;\n"
        "ip daddr 198.51.100.2 udp dport { 31000, 31001, 80 } dnat to 10.42.0.5:8080\n"
        "ip daddr 10.43.0.10 udp dport 53 dnat to 10.42.0.5:8080\n"
        "ip daddr 10.43.0.20 udp dport 80 dnat to 169.254.169.254:80\n}\n}\n");
  }
  auto nftables = test::open_nftables(world);
  REQUIRE(nftables.replace(compile(make_ruleset(config))));
  const auto receiver_of = [](Packet sent, bool to_pods) {
    sent.local = false;
    sent.to_pods = to_pods;
    return sent;
  };
  const auto reaches_pod = [&world, &receiver_of](Packet sent, bool expected) {
    return world.passes_translated(receiver_of(sent, true), address("10.42.0.5"), 8080, expected);
  };
  using enum Ingress;
  CHECK(reaches_pod(packet("203.0.113.7", "198.51.100.2", 31000, outside), true));
  CHECK_FALSE(reaches_pod(packet("203.0.114.7", "198.51.100.2", 31000, outside), false));
  CHECK_FALSE(reaches_pod(packet("203.0.113.7", "198.51.100.2", 31001, outside), false));
  CHECK_FALSE(reaches_pod(packet("203.0.113.7", "198.51.100.2", 80, outside), false));
  CHECK_FALSE(reaches_pod(packet("203.0.113.7", "10.43.0.10", 53, outside), false));
  CHECK_FALSE(reaches_pod(packet("203.0.113.7", "10.42.0.5", 8080, outside), false));
  CHECK(reaches_pod(packet("10.42.0.6", "10.43.0.10", 53, pods), true));
  // The shield holds behind a translation too.
  const auto metadata = address("169.254.169.254");
  CHECK_FALSE(world.passes_translated(
      receiver_of(packet("10.42.0.5", "10.43.0.20", 80, pods), false), metadata, 80, false));
  CHECK_FALSE(world.passes_translated(
      receiver_of(packet("10.42.0.5", "169.254.169.254", 80, pods), false), metadata, 80, false));
  config.firewall.metadata_shield = false;
  REQUIRE(nftables.replace(compile(make_ruleset(config))));
  CHECK(world.passes_translated(
      receiver_of(packet("10.42.0.5", "169.254.169.254", 80, pods), false), metadata, 80, true));
}

TEST_CASE("one source that connects too often is held back, others are not") {
  test::World world;
  auto config = test::sample_config(config::Role::control_plane);
  config.firewall.ssh_rate = {3, std::chrono::seconds(3600)};
  config.firewall.api_rate = {3, std::chrono::seconds(3600)};
  world.follow(config);
  auto nftables = test::open_nftables(world);
  REQUIRE(nftables.replace(compile(make_ruleset(config))));
  using enum Ingress;
  const auto count = [&world](const Packet& sent, int expected) {
    int passed = 0;
    for (int i = 0; i < 6; ++i) passed += world.passes(sent, i < expected) ? 1 : 0;
    return passed;
  };
  const auto tcp = Transport::tcp;
  CHECK(count(packet("203.0.113.7", "198.51.100.2", 22, outside, tcp), 3) == 3);
  CHECK(count(packet("203.0.113.8", "198.51.100.2", 22, outside, tcp), 3) == 3);
  CHECK(count(packet("203.0.113.8", "198.51.100.2", 6443, outside, tcp), 3) == 3);
  CHECK(count(packet("2001:db8:5::1", "2001:db8:ff::2", 22, outside, tcp), 3) == 3);
  // The same /64: one source.
  CHECK(count(packet("2001:db8:5::2", "2001:db8:ff::2", 22, outside, tcp), 0) == 0);
  CHECK(count(packet("2001:db8:5:1::2", "2001:db8:ff::2", 22, outside, tcp), 3) == 3);
  CHECK(count(packet("10.0.0.12", "10.0.0.11", 6443, vrack, tcp), 6) == 6);
}
