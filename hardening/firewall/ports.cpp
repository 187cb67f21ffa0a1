/// Who may reach which port, by role: one table, read top to bottom.
#include <algorithm>
#include <array>
#include <format>

#include "hardening/firewall/rules.hpp"

namespace kgnode::hardening::firewall {
namespace {

using config::Config;
using enum Protocol;

// What one source may hold of a meter; beyond it new sources go unlimited rather than unserved.
constexpr std::uint32_t kMeterSize = 65536;
constexpr std::chrono::seconds kMeterTimeout{300};

constexpr PortRange kSsh{tcp, 22, 22};
constexpr PortRange kApi{tcp, 6443, 6443};
constexpr PortRange kEtcd{tcp, 2379, 2380};
constexpr PortRange kKubelet{tcp, 10250, 10250};
constexpr PortRange kVxlan{udp, 8472, 8472};
constexpr PortRange kWireguard{udp, 51820, 51821};
constexpr PortRange kHealth{tcp, 9180, 9180};
constexpr PortRange kBeacon{udp, 9181, 9181};
constexpr std::array kNodePortIngress = {PortRange{tcp, 30080, 30080},
                                         PortRange{tcp, 30443, 30443}};
constexpr std::array kHostPortIngress = {PortRange{tcp, 80, 80}, PortRange{tcp, 443, 443}};

std::string_view suffix(Family family) { return family == Family::ipv4 ? "ipv4" : "ipv6"; }

/// Where a packet comes from: matches for one family, and how the rule's id ends.
struct Origin {
  std::string name;
  std::vector<Match> matches;
};
using Origins = std::vector<Origin>;

class Builder {
 public:
  explicit Builder(const Config& config) : config_(config) {
    admin_ = from_list("admin", config.admin.from);
    balancer_ = from_list("load_balancer", config.firewall.load_balancer);
    servers_ = make_servers();
    vrack_ = {{"vrack", vrack_matches()}};
  }

  Ports build() {
    ssh();
    if (config_.node.role == config::Role::control_plane) control_plane();
    everywhere();
    if (config_.node.role == config::Role::worker) ingress();
    own_openings("allow", config_.firewall.allow);
    own_openings("node_ports", config_.firewall.node_ports);
    return std::move(out_);
  }

 private:
  /// Both ends inside: a packet for another address of ours is not vRack traffic, and when our
  /// vRack address is missing no packet can claim to be.
  std::vector<Match> vrack_matches() const {
    return {AddressIs{Side::source, config_.network.vrack},
            AddressIs{Side::destination, config_.network.vrack}};
  }

  Origins from_list(const std::string& name, const std::vector<Prefix>& prefixes) {
    Origins origins;
    for (const auto family : {Family::ipv4, Family::ipv6}) {
      std::vector<Prefix> mine;
      std::ranges::copy_if(prefixes, std::back_inserter(mine), [family](const Prefix& prefix) {
        return prefix.network.family == family;
      });
      if (mine.empty()) continue;
      const auto set = std::format("{}_{}", name, suffix(family));
      out_.sets.push_back({.name = set,
                           .key = family == Family::ipv4 ? SetKey::ipv4 : SetKey::ipv6,
                           .interval = true,
                           .prefixes = merge_prefixes(std::move(mine))});
      origins.push_back(
          {std::format("{}.{}", name, suffix(family)), {AddressInSet{Side::source, family, set}}});
    }
    return origins;
  }

  Origins make_servers() {
    std::vector<Prefix> addresses;
    for (const auto& server : config_.k3s.servers) addresses.push_back(make_host_prefix(server));
    auto origins = from_list("control_planes", addresses);
    for (auto& origin : origins)
      origin.matches.emplace_back(AddressIs{Side::destination, config_.network.vrack});
    return origins;
  }

  void open(const std::string& service, const PortRange& ports, const Origins& origins) {
    for (const auto& origin : origins) {
      auto matches = origin.matches;
      matches.emplace_back(PortIs{Side::destination, ports});
      out_.services.push_back({.id = std::format("services.{}.{}", service, origin.name),
                               .matches = std::move(matches),
                               .verdict = Verdict::accept});
    }
  }

  /// New connections of one source to a port, counted where `services` would let them in.
  void limit(const std::string& service, const PortRange& ports, Rate rate, const Origin& origin,
             Family family) {
    const auto set = std::format("rate_{}_{}", service, suffix(family));
    if (std::ranges::find(out_.sets, set, &Set::name) == out_.sets.end()) {
      out_.sets.push_back({.name = set,
                           .key = family == Family::ipv4 ? SetKey::ipv4 : SetKey::ipv6,
                           .use = SetUse::meter,
                           .size = kMeterSize,
                           .timeout = kMeterTimeout});
    }
    auto matches = origin.matches;
    matches.emplace_back(PortIs{Side::destination, ports});
    out_.limits.push_back({.id = std::format("limits.{}.{}", service, origin.name),
                           .matches = std::move(matches),
                           .verdict = Verdict::drop,
                           .limit = Limit{rate, set, family}});
  }

  void limit_admin(const std::string& service, const PortRange& ports, Rate rate) {
    for (const auto& origin : admin_) {
      const auto* match = std::get_if<AddressInSet>(&origin.matches.front());
      limit(service, ports, rate, origin, match->family);
    }
  }

  void ssh() {
    open("ssh", kSsh, admin_);
    limit_admin("ssh", kSsh, config_.firewall.ssh_rate);
    if (!config_.firewall.vrack_ssh) return;
    open("ssh", kSsh, vrack_);
    // The limit of admin.from covers the vRack then; two would count each connection twice.
    if (std::ranges::any_of(config_.admin.from, [this](const Prefix& prefix) {
          return prefix.contains(config_.network.vrack);
        }))
      return;
    limit("ssh", kSsh, config_.firewall.ssh_rate, vrack_.front(),
          config_.network.vrack.network.family);
  }

  void control_plane() {
    open("api", kApi, vrack_);
    open("api", kApi, balancer_);
    open("api", kApi, admin_);
    exempt_from_api_limit();
    limit_admin("api", kApi, config_.firewall.api_rate);
    open("etcd", kEtcd, servers_);
  }

  /// Nodes and the balancer speak for many: they are never throttled, even inside admin.from.
  void exempt_from_api_limit() {
    for (const auto* origins : {&vrack_, &balancer_}) {
      for (const auto& origin : *origins) {
        auto matches = origin.matches;
        matches.emplace_back(PortIs{Side::destination, kApi});
        out_.limits.push_back({.id = std::format("limits.api.{}", origin.name),
                               .matches = std::move(matches),
                               .verdict = Verdict::accept});
      }
    }
  }

  void everywhere() {
    open("kubelet", kKubelet, vrack_);
    open("overlay", config_.k3s.overlay == config::Overlay::vxlan ? kVxlan : kWireguard, vrack_);
    open("health", kHealth, vrack_);
    open("health", kHealth, balancer_);
    open("beacon", kBeacon, vrack_);
  }

  /// With a balancer only it may come, and the vRack: nobody walks around it.
  void ingress() {
    if (config_.firewall.ingress == config::Ingress::none) return;
    const bool host_port = config_.firewall.ingress == config::Ingress::host_port;
    Origins origins = {{"everyone", {}}};
    if (!host_port && !balancer_.empty()) {
      origins = balancer_;
      origins.push_back(vrack_.front());
    }
    for (const auto& ports : host_port ? kHostPortIngress : kNodePortIngress)
      open(std::format("ingress.{}", ports.first), ports, origins);
  }

  void own_openings(const std::string& key, const std::vector<config::Allow>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto origins = list[i].from.empty()
                               ? Origins{{"everyone", {}}}
                               : from_list(std::format("{}_{}", key, i), list[i].from);
      for (const auto& origin : origins) open_one(std::format("{}.{}", key, i), list[i], origin);
    }
  }

  void open_one(const std::string& service, const config::Allow& allow, const Origin& origin) {
    Origin renamed = origin;
    if (const auto dot = renamed.name.rfind('.'); dot != std::string::npos)
      renamed.name.erase(0, dot + 1);
    open(service, allow.ports, {renamed});
  }

  const Config& config_;
  Ports out_;
  Origins admin_;
  Origins balancer_;
  Origins servers_;
  Origins vrack_;
};

}  // namespace

Ports make_ports(const Config& config) { return Builder(config).build(); }

}  // namespace kgnode::hardening::firewall
