#pragma once
/// Configurations and packets at random: the same seed gives the same ones everywhere.
#include <cstdint>
#include <format>
#include <string>
#include <vector>

#include "tests/kernel/firewall_world.hpp"
#include "tests/support/random.hpp"

namespace test {

inline kgnode::Prefix prefix(std::string_view text) { return kgnode::parse_prefix(text).value(); }

inline std::vector<kgnode::Prefix> random_sources(Random& random, const std::string& vrack) {
  std::vector<kgnode::Prefix> all;
  for (unsigned i = 1 + random.below(4); i > 0; --i) {
    const auto n = random.below(200);
    all.push_back(prefix(random.pick<std::string>(
        {std::format("203.0.113.{}", n), std::format("203.0.113.{}/28", n / 16 * 16),
         std::format("198.{}.0.0/16", n), std::format("2001:db8:{:x}::/48", n + 1),
         std::format("2001:db8:a::{:x}", n), std::format("{}{}", vrack, n), "198.0.0.0/8"})));
  }
  return all;
}

inline std::vector<kgnode::config::Allow> random_openings(Random& random, const std::string& vrack,
                                                          unsigned first) {
  std::vector<kgnode::config::Allow> all;
  for (unsigned i = random.below(4); i > 0; --i) {
    const auto port = static_cast<std::uint16_t>(first + random.below(40));
    const auto protocol = random.chance(2) ? kgnode::Protocol::tcp : kgnode::Protocol::udp;
    const auto last = static_cast<std::uint16_t>(port + (random.chance(2) ? 0 : random.below(20)));
    all.push_back({.ports = {protocol, port, last}});
    if (random.chance(2)) all.back().from = random_sources(random, vrack);
  }
  return all;
}

inline kgnode::config::Config random_firewall_config(Random& random) {
  using namespace kgnode::config;
  auto config = sample_config(random.chance(2) ? Role::worker : Role::control_plane);
  const auto vrack =
      random.chance(2) ? std::string("10.0.0.") : std::format("192.168.{}.", random.below(256));
  config.network = {.vrack = prefix(vrack + "0/24"), .address = address(vrack + "11")};
  config.k3s.servers.clear();
  for (unsigned i = 0; i <= random.below(5); ++i)
    config.k3s.servers.push_back(address(std::format("{}{}", vrack, 11 + i)));
  if (random.chance(3))
    config.k3s.cluster_cidr = prefix(std::format("10.{}.0.0/16", 60 + random.below(60)));
  if (random.chance(2)) config.k3s.overlay = Overlay::wireguard;
  config.admin.from.clear();
  if (!random.chance(4)) config.admin.from = random_sources(random, vrack);
  auto& firewall = config.firewall;
  if (random.chance(2)) firewall.load_balancer = random_sources(random, vrack);
  firewall.ingress = random.pick<Ingress>({Ingress::node_port, Ingress::host_port, Ingress::none});
  firewall.allow = random_openings(random, vrack, 12000);
  firewall.node_ports = random_openings(random, vrack, 31000);
  firewall.vrack_ssh = !random.chance(3);
  firewall.metadata_shield = !random.chance(3);
  config.ban.ipv4_prefix = random.pick<std::uint8_t>({24, 27, 32});
  config.ban.ipv6_prefix = random.pick<std::uint8_t>({48, 56, 64, 128});
  // What is asked here is whether a first packet passes.
  firewall.ssh_rate = firewall.api_rate = firewall.log_rate = {100'000, std::chrono::seconds(1)};
  return config;
}

/// The network's first address plus a little.
inline kgnode::Address inside(Random& random, const kgnode::Prefix& network) {
  auto out = network.network;
  const auto host_bits = network.network.bits() - network.length;
  const auto last = network.network.bits() / 8 - 1;
  if (host_bits > 0) {
    out.bytes.at(last) |=
        static_cast<std::uint8_t>(random.below(1U << (host_bits < 7 ? host_bits : 7)));
  }
  return out;
}

}  // namespace test
