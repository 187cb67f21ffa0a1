/// What a ban does to real connections: new and open ones, to the node, through it, and from it.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <format>
#include <string>
#include <vector>

#include "hardening/ban/kernel_sets.hpp"
#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/rules.hpp"
#include "tests/kernel/firewall_world.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using test::address;
using test::run;

namespace {

constexpr std::uint16_t kHostPort = 9100;
constexpr std::uint16_t kNodePort = 31000;
constexpr std::uint16_t kPodPort = 8080;

struct Way {
  const test::Namespace& from;
  Address source;
  const test::Namespace& to;
  Address destination;  // as the client knows it
  std::uint16_t port;
  Address receiver;  // as it is
  std::uint16_t receiver_port;
};

/// An open TCP connection.
class Connection {
 public:
  explicit Connection(const Way& way)
      : listener_(test::bound_socket(way.to, way.receiver, SOCK_STREAM, way.receiver_port)),
        client_(test::bound_socket(way.from, way.source, SOCK_STREAM, 0)) {
    REQUIRE(::listen(listener_.get(), 4) == 0);
    is_open = test::connects(client_.get(), way.destination, way.port, true);
    if (is_open && test::is_ready(listener_.get(), POLLIN, true)) {
      server_ =
          UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    }
  }

  /// Does what the client sends arrive?
  bool carries(bool expected) const {
    if (::send(client_.get(), "x", 1, MSG_NOSIGNAL) != 1) return false;
    char byte = 0;
    return test::is_ready(server_.get(), POLLIN, expected) &&
           ::recv(server_.get(), &byte, 1, 0) == 1;
  }

  bool is_open = false;

 private:
  UniqueFd listener_;
  UniqueFd client_;
  UniqueFd server_;
};

/// A new connection, or the attempt at one.
bool opens(const Way& way, bool expected) {
  const auto listener = test::bound_socket(way.to, way.receiver, SOCK_STREAM, way.receiver_port);
  const auto client = test::bound_socket(way.from, way.source, SOCK_STREAM, 0);
  REQUIRE(::listen(listener.get(), 4) == 0);
  return test::connects(client.get(), way.destination, way.port, expected);
}

/// A worker that publishes a pod's port to everyone, in both families.
struct Cluster {
  Cluster() {
    config.firewall.allow = {{.ports = *parse_port_range("9100/tcp")}};
    config.firewall.node_ports = {{.ports = *parse_port_range("31000/tcp")}};
    world.follow(config);
    {
      const auto inside = world.node.enter();
      // Without a link-local address the kernel asks for no neighbour on behalf of others.
      run({"ip", "-batch", "-"},
          "addr add fe80::1/64 dev cni0 nodad\naddr add fd00:42::1/64 dev cni0 nodad\n");
      run({"nft", "-f", "-"},
          "table inet nat {\nchain prerouting {\ntype nat hook prerouting priority dstnat;\n"
          "ip daddr 198.51.100.2 tcp dport 31000 dnat ip to 10.42.0.5:8080\n"
          "ip6 daddr 2001:db8:ff::2 tcp dport 31000 dnat ip6 to [fd00:42::5]:8080\n}\n}\n");
    }
    {
      const auto inside = world.pods.enter();
      run({"ip", "-batch", "-"}, "addr add fd00:42::5/64 dev eth0 nodad\n");
      run({"ip", "-6", "route", "add", "default", "via", "fd00:42::1"});
    }
    nftables = test::open_nftables(world);
    REQUIRE(nftables->replace(compile(firewall::make_ruleset(config))));
    sets.emplace(*nftables);
    REQUIRE(sets->fill({}, {}, {}, now));
  }

  Way to_host(const Address& source) const {
    const auto node =
        address(source.family == Family::ipv4 ? test::kNodePublic4 : test::kNodePublic6);
    return {world.outside, source, world.node, node, kHostPort, node, kHostPort};
  }
  Way to_pod(const Address& source) const {
    const bool v4 = source.family == Family::ipv4;
    const auto node = address(v4 ? test::kNodePublic4 : test::kNodePublic6);
    return {world.outside, source,    world.pods,
            node,          kNodePort, address(v4 ? "10.42.0.5" : "fd00:42::5"),
            kPodPort};
  }
  Way from_host(const Address& destination) const {
    const auto node =
        address(destination.family == Family::ipv4 ? test::kNodePublic4 : test::kNodePublic6);
    return {world.node, node, world.outside, destination, 443, destination, 443};
  }
  Way from_pod(const Address& destination) const {
    return {world.pods, address("10.42.0.5"), world.outside, destination, 80, destination, 80};
  }

  void ban(std::string_view source) {
    REQUIRE(sets->add(
        std::vector{ban::Ban{*parse_prefix(source), "manual", now, now + std::chrono::hours(1), 1}},
        now));
  }
  void lift(std::string_view source) {
    REQUIRE(sets->remove(std::vector{*parse_prefix(source)}, now));
  }

  test::World world;
  config::Config config = test::sample_config(config::Role::worker);
  std::optional<sys::RealNftables> nftables;
  std::optional<ban::KernelSets> sets;
  ban::Time now = std::chrono::system_clock::now();
};

struct Case {
  std::string_view ban;
  std::string_view banned;   // an address that it covers
  std::string_view allowed;  // one beside it
};

/// Each kind of set: an address, what counts as one source, a network.
constexpr Case kCases[] = {{"203.0.113.7", "203.0.113.7", "203.0.113.8"},
                           {"203.0.112.0/23", "203.0.113.9", "198.20.0.1"},
                           {"2001:db8:7::1", "2001:db8:7::1", "2001:db8:7::2"},
                           {"2001:db8:7:1::/64", "2001:db8:7:1::9", "2001:db8:7:2::9"},
                           {"2001:db8:8::/48", "2001:db8:8:5::9", "2001:db8:9::9"}};

}  // namespace

TEST_CASE("a ban cuts open connections to the node and to pods, and lets no new one in") {
  Cluster cluster;
  for (const auto& one : kCases) {
    INFO(one.ban);
    const auto banned = address(one.banned);
    const auto allowed = address(one.allowed);
    const std::vector<Way> ways = {cluster.to_host(banned), cluster.to_pod(banned)};
    const std::vector<Way> others = {cluster.to_host(allowed), cluster.to_pod(allowed)};
    std::vector<Connection> cut;
    for (const auto& way : ways) cut.emplace_back(way);
    for (const auto& connection : cut) {
      REQUIRE(connection.is_open);
      REQUIRE(connection.carries(true));
    }
    cluster.ban(one.ban);
    for (const auto& connection : cut) CHECK_FALSE(connection.carries(false));
    cut.clear();
    for (const auto& way : ways) CHECK_FALSE(opens(way, false));
    for (const auto& way : others) CHECK(opens(way, true));
    cluster.lift(one.ban);
    for (const auto& way : ways) CHECK(opens(way, true));
  }
}

TEST_CASE("connections of others, and the node's and its pods' own to the banned source, go on") {
  Cluster cluster;
  for (const auto& one : kCases) {
    INFO(one.ban);
    const auto banned = address(one.banned);
    std::vector<Connection> kept;
    kept.emplace_back(cluster.to_host(address(one.allowed)));
    kept.emplace_back(cluster.from_host(banned));
    std::vector<Way> new_ones = {cluster.from_host(banned)};
    if (banned.family == Family::ipv4) {
      kept.emplace_back(cluster.from_pod(banned));
      new_ones.push_back(cluster.from_pod(banned));
    }
    cluster.ban(one.ban);
    for (const auto& connection : kept) {
      REQUIRE(connection.is_open);
      CHECK(connection.carries(true));
    }
    kept.clear();
    for (const auto& way : new_ones) CHECK(opens(way, true));
    cluster.lift(one.ban);
  }
}

TEST_CASE("a block list keeps out addresses and networks, whatever bans say of them") {
  Cluster cluster;
  const std::vector listed = {*parse_prefix("203.0.113.7"), *parse_prefix("198.20.0.0/16"),
                              *parse_prefix("2001:db8:7::1"), *parse_prefix("2001:db8:8::/48")};
  REQUIRE(cluster.sets->set_listed(listed, cluster.now));
  cluster.ban("198.20.5.0/24");
  cluster.lift("198.20.5.0/24");
  cluster.ban("203.0.113.7");
  cluster.lift("203.0.113.7");
  for (const auto* source : {"203.0.113.7", "198.20.5.1", "2001:db8:7::1", "2001:db8:8:1::1"}) {
    INFO(source);
    CHECK_FALSE(opens(cluster.to_host(address(source)), false));
  }
  REQUIRE(cluster.sets->set_listed({}, cluster.now));
  CHECK(opens(cluster.to_host(address("203.0.113.7")), true));
  CHECK(opens(cluster.to_host(address("198.20.5.1")), true));
}
