#include "hardening/sysctl/sysctl.hpp"
#include "tests/support/catch.hpp"

using kgnode::config::Config;
using kgnode::hardening::Sysctl;

namespace {
Config ipv4_cluster() {
  Config config;
  config.k3s.cluster_cidr = *kgnode::parse_prefix("10.42.0.0/16");
  return config;
}
}  // namespace

TEST_CASE("sysctl desired: IPv6 is forwarded only where pods have IPv6 addresses", "[sysctl]") {
  auto config = ipv4_cluster();
  CHECK(Sysctl::desired(config).settings.at("net.ipv6.conf.all.forwarding").value == "0");
  config.k3s.cluster_cidr = *kgnode::parse_prefix("fd42::/56");
  CHECK(Sysctl::desired(config).settings.at("net.ipv6.conf.all.forwarding").value == "1");
}

TEST_CASE("sysctl desired: the operator's value wins, with its blanks normalised", "[sysctl]") {
  auto config = ipv4_cluster();
  config.kernel.sysctl = {{"vm.swappiness", "10"},
                          {"net.ipv4.ip_local_port_range", "40000\t 50000"}};
  const auto want = Sysctl::desired(config).settings;
  CHECK(want.at("vm.swappiness").value == "10");
  CHECK(want.at("vm.swappiness").ids == "node.toml");
  CHECK(want.at("net.ipv4.ip_local_port_range").value == "40000 50000");
}

TEST_CASE("sysctl desired: each wanted key and the file are watched", "[sysctl]") {
  const auto want = Sysctl::desired(ipv4_cluster());
  const auto paths = Sysctl::watch_paths(want);
  CHECK(paths.size() == want.settings.size() + 1);
  CHECK(std::ranges::contains(paths, "/etc/sysctl.d/90-kgnode.conf"));
  CHECK(std::ranges::contains(paths, "/proc/sys/kernel/kptr_restrict"));
}
