#pragma once
/// The configuration of the design, as values.
#include <string_view>

#include "agent/config/config.hpp"

namespace test {

inline kgnode::Address address(std::string_view text) {
  return kgnode::parse_address(text).value();
}
inline kgnode::Prefix prefix(std::string_view text) { return kgnode::parse_prefix(text).value(); }
inline kgnode::PortRange ports(std::string_view text) {
  return kgnode::parse_port_range(text).value();
}

inline kgnode::config::Config firewall_config(kgnode::config::Role role) {
  kgnode::config::Config config;
  config.node = {.name = "n1", .role = role};
  config.network = {.vrack = prefix("10.0.0.0/24"), .address = address("10.0.0.11")};
  config.admin.ssh_keys = {"ssh-ed25519 AAAA ops"};
  config.admin.from = {prefix("203.0.113.0/24"), prefix("2001:db8:5::/48")};
  config.firewall.load_balancer = {prefix("10.0.0.200/30")};
  config.k3s.servers = {address("10.0.0.11"), address("10.0.0.12"), address("10.0.0.13")};
  config.k3s.cluster_cidr = prefix("10.42.0.0/16");
  config.k3s.service_cidr = prefix("10.43.0.0/16");
  return config;
}

}  // namespace test
