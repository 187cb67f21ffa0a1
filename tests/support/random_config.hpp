#pragma once
/// Valid configurations at random: the same seed gives the same text on every machine.
#include <cstdint>
#include <format>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace test {

class RandomConfig {
 public:
  explicit RandomConfig(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    const auto servers = 1 + below(5);
    const bool worker = chance(2);
    const auto host = worker ? 20 + below(200) : 11 + below(servers);
    vrack_ = chance(2) ? "10.0.0." : std::format("192.168.{}.", below(256));
    return node(worker) + network(host) + admin() + firewall() + small_tables() + k3s(servers) +
           storage();
  }

 private:
  // Not a standard distribution: those differ between libraries.
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }
  std::string_view pick(const std::vector<std::string_view>& from) {
    return from[below(static_cast<unsigned>(from.size()))];
  }

  std::string node(bool worker) {
    auto text = std::format("schema = 1\n\n[node]\nname = \"node-{}\"\nrole = \"{}\"\n",
                            below(1000), worker ? "worker" : "control-plane");
    if (chance(2))
      text += std::format("environment = \"{}\"\n", pick({"development", "production"}));
    return text;
  }

  std::string network(unsigned host) {
    return std::format("\n[network]\nvrack = \"{}0/24\"\naddress = \"{}{}\"\n", vrack_, vrack_,
                       host);
  }

  std::string admin() {
    std::string text = "\n[admin]\nssh_keys = [\n";
    constexpr std::string_view kKey =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    text += std::format("  \"{} ops-{}\",\n]\n", kKey, below(100));
    has_from_ = chance(2);
    if (has_from_) text += "from = " + sources() + "\n";
    return text;
  }

  // One to three sources that do not repeat, IPv4 and IPv6, addresses and networks.
  std::string sources() {
    std::string list = "[";
    const auto count = 1 + below(3);
    for (unsigned i = 0; i < count; ++i) {
      const auto n = i * 64 + below(64);
      const std::vector<std::string> forms = {
          std::format("203.0.113.{}", n), std::format("198.{}.0.0/16", n),
          std::format("2001:db8:{:x}::/48", n + 1), std::format("2001:db8::{:x}", n + 1)};
      list += std::format("{}\"{}\"", i == 0 ? "" : ", ", forms[below(4)]);
    }
    return list + "]";
  }

  // Openings in separate thousands, so that none meets another or an internal port.
  std::string openings(unsigned first, unsigned step) {
    std::string list = "[\n";
    const auto count = below(4);
    for (unsigned i = 0; i < count; ++i) {
      const auto port = first + i * step + below(100);
      const auto range =
          chance(2) ? std::to_string(port) : std::format("{}-{}", port, port + below(50));
      list += std::format("  {{ ports = \"{}/{}\"", range, pick({"tcp", "udp"}));
      if (chance(2)) list += ", from = " + sources();
      list += " },\n";
    }
    return list + "]";
  }

  std::string rate() {
    return std::format("\"{}/{}\"", 1 + below(1000), pick({"second", "minute", "hour"}));
  }

  std::string firewall() {
    std::string text = "\n[firewall]\n";
    if (chance(2)) text += "load_balancer = " + sources() + "\n";
    if (chance(2))
      text += std::format("ingress = \"{}\"\n", pick({"node-port", "host-port", "none"}));
    if (chance(2)) text += "allow = " + openings(12000, 1000) + "\n";
    if (chance(2)) text += "node_ports = " + openings(31000, 500) + "\n";
    if (has_from_ && chance(3)) text += "vrack_ssh = false\n";
    for (const std::string_view key : {"ssh_rate", "api_rate", "log_rate"}) {
      if (chance(3)) text += std::format("{} = {}\n", key, rate());
    }
    if (chance(3)) text += std::format("metadata_shield = {}\n", pick({"true", "false"}));
    return text;
  }

  std::string small_tables() {
    std::string text;
    if (chance(2)) {
      text += std::format("\n[ssh]\nprofile = \"{}\"\nmax_sessions = {}\n",
                          pick({"cis", "ssh-audit"}), 1 + below(100));
    }
    if (chance(2)) {
      text += std::format("\n[kernel]\nsysctl = {{ \"net.core.somaxconn\" = \"{}\" }}\n",
                          1024 + below(4096));
    }
    return text;
  }

  std::string k3s(unsigned servers) {
    std::string text = "\n[k3s]\nservers = [";
    for (unsigned i = 0; i < servers; ++i)
      text += std::format("{}\"{}{}\"", i == 0 ? "" : ", ", vrack_, 11 + i);
    text += "]\n";
    if (chance(2)) {
      text += std::format("token = \"random-token-{:016x}\"\n", random_());
    } else {
      text += "token = { file = \"/run/kgnode/secrets/k3s-token\" }\n";
    }
    if (chance(3)) text += std::format("cluster_cidr = \"10.{}.0.0/16\"\n", 60 + below(60));
    if (chance(3)) text += std::format("service_cidr = \"10.{}.0.0/16\"\n", 130 + below(60));
    if (chance(2)) text += std::format("overlay = \"{}\"\n", pick({"vxlan", "wireguard"}));
    return text;
  }

  std::string storage() {
    if (chance(3)) return {};
    if (chance(2)) return "\n[storage]\ndisk = { min_size = \"100GiB\" }\n";
    return std::format("\n[storage]\ndisk = {{ serial = \"disk-{}\", path = \"/dev/vdb\" }}\n",
                       below(1000));
  }

  std::mt19937_64 random_;
  std::string vrack_;
  bool has_from_ = false;
};

inline std::string random_config(std::uint64_t seed) { return RandomConfig(seed).text(); }

}  // namespace test
