/// The configuration to a rule set: the chains that every node has, around the role's ports.
#include <format>
#include <utility>

#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/rules.hpp"

namespace kgnode::hardening::firewall {
namespace {

// Before defragmentation (-400): afterwards there are no fragments.
constexpr int kBeforeDefragmentation = -450;
// After connection tracking (-200), before destination NAT (-100).
constexpr int kBanPriority = -150;
constexpr int kAdmitPriority = -145;
constexpr int kFilterPriority = 0;
constexpr Rate kEchoRate{100, std::chrono::seconds(1)};

constexpr std::uint8_t kFin = 0x01;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kRst = 0x04;
constexpr std::uint8_t kAck = 0x10;

Prefix prefix(std::string_view text) { return parse_prefix(text).value_or(Prefix{}); }

Rule accept(std::string id, std::vector<Match> matches) {
  return {.id = std::move(id), .matches = std::move(matches), .verdict = Verdict::accept};
}
Rule drop(std::string id, std::vector<Match> matches) {
  return {.id = std::move(id), .matches = std::move(matches), .verdict = Verdict::drop};
}
Rule jump(std::string id, std::string target) {
  return {.id = std::move(id), .verdict = Verdict::jump, .target = std::move(target)};
}

std::vector<Set> ban_sets(SourceBits bits) {
  std::vector<Set> sets;
  for (auto& set : make_ban_sets(bits)) {
    sets.push_back({.name = std::move(set.name),
                    .key = set.family == Family::ipv4 ? SetKey::ipv4 : SetKey::ipv6,
                    .use = SetUse::ban,
                    .interval = set.interval,
                    .size = set.interval ? 0 : kBanSetSize});
  }
  return sets;
}

/// Only packets of the original direction: the node's own connections to a banned address go on,
/// and open connections from there are cut.
Chain ban_chain(SourceBits bits) {
  Chain chain{.name = "ban", .hook = Hook::prerouting, .priority = kBanPriority};
  for (const auto& set : make_ban_sets(bits)) {
    const AddressInSet banned{Side::source, set.family, set.name, set.mask};
    chain.rules.push_back(drop(std::format("ban.{}", set.name), {OriginalDirection{}, banned}));
  }
  return chain;
}

Chain fragment_chain() {
  return {.name = "fragments",
          .hook = Hook::prerouting,
          .priority = kBeforeDefragmentation,
          .rules = {drop("fragments.tiny.ipv4", {TinyFragment{Family::ipv4}}),
                    drop("fragments.tiny.ipv6", {TinyFragment{Family::ipv6}})}};
}

/// RFC 4890 §4.4 for what is addressed to this node; errors that belong to a connection were
/// accepted with it, these are those that come alone.
Chain icmp_chain() {
  const auto link_local = prefix("fe80::/10");
  const auto icmp = [](std::uint8_t first, std::uint8_t last) {
    return IcmpTypeIs{Family::ipv4, first, last};
  };
  const auto icmp6 = [](std::uint8_t first, std::uint8_t last) {
    return IcmpTypeIs{Family::ipv6, first, last};
  };
  Chain chain{.name = "icmp_messages"};
  chain.rules = {
      accept("icmp.unreachable.ipv4", {icmp(3, 3)}),
      accept("icmp.errors.ipv4", {icmp(11, 12)}),
      accept("icmp.errors.ipv6", {icmp6(1, 4)}),
      accept("icmp.neighbour.ipv6", {icmp6(133, 136), HopLimitIs{}}),
      accept("icmp.inverse-neighbour.ipv6", {icmp6(141, 142), HopLimitIs{}}),
      accept("icmp.certified-path.ipv6", {icmp6(148, 149), HopLimitIs{}}),
      accept("icmp.listener.ipv6", {AddressIs{Side::source, link_local}, icmp6(130, 132)}),
      accept("icmp.listener2.ipv6", {AddressIs{Side::source, link_local}, icmp6(143, 143)}),
      accept("icmp.multicast-router.ipv6", {AddressIs{Side::source, link_local}, icmp6(151, 153)}),
      accept("icmp.echo.ipv4", {icmp(8, 8)}),
      accept("icmp.echo.ipv6", {icmp6(128, 128)})};
  for (auto& rule : chain.rules) {
    if (rule.id.starts_with("icmp.echo")) rule.limit = Limit{.rate = kEchoRate};
  }
  return chain;
}

/// A lease must come and be renewed under the closed rules too.
std::vector<Rule> dhcp_rules() {
  using enum Protocol;
  return {accept("services.dhcp.ipv4", {FamilyIs{Family::ipv4}, PortIs{Side::source, {udp, 67, 67}},
                                        PortIs{Side::destination, {udp, 68, 68}}}),
          accept("services.dhcp.ipv6", {AddressIs{Side::source, prefix("fe80::/10")},
                                        PortIs{Side::source, {udp, 547, 547}},
                                        PortIs{Side::destination, {udp, 546, 546}}})};
}

void add_shield(Chain& chain) {
  chain.rules.push_back(drop(std::format("{}.metadata.ipv4", chain.name),
                             {AddressIs{Side::destination, prefix("169.254.169.254")}}));
  chain.rules.push_back(drop(std::format("{}.metadata.ipv6", chain.name),
                             {AddressIs{Side::destination, prefix("fe80::a9fe:a9fe")}}));
}

void add_hygiene(Chain& chain) {
  const InterfaceIs elsewhere{.zone = Zone::loopback, .negate = true};
  chain.rules.push_back(accept("admit.established", {ConnectionIs{Connection::established}}));
  chain.rules.push_back(accept("admit.loopback", {InterfaceIs{.zone = Zone::loopback}}));
  chain.rules.push_back(drop("admit.invalid", {ConnectionIs{Connection::invalid}}));
  // kube-proxy sets route_localnet, which makes 127/8 reachable from the link (CVE-2020-8558).
  for (const std::string_view network : {"127.0.0.0/8", "::1"}) {
    const auto family = network.contains(':') ? "ipv6" : "ipv4";
    chain.rules.push_back(drop(std::format("admit.spoof.loopback-source.{}", family),
                               {elsewhere, AddressIs{Side::source, prefix(network)}}));
    chain.rules.push_back(drop(std::format("admit.spoof.loopback-destination.{}", family),
                               {elsewhere, AddressIs{Side::destination, prefix(network)}}));
  }
  // What is left is new, so TCP begins with SYN and nothing else.
  chain.rules.push_back(
      drop("admit.tcp.not-syn", {TcpFlagsAre{kFin | kSyn | kRst | kAck, kSyn, true}}));
}

void add_zones(Chain& chain, const config::Config& config) {
  const InterfaceIs pods{.zone = Zone::pods};
  const InterfaceIs elsewhere{.zone = Zone::pods, .negate = true};
  const auto& cluster = config.k3s.cluster_cidr;
  chain.rules.push_back(drop("admit.spoof.pods", {elsewhere, AddressIs{Side::source, cluster}}));
  chain.rules.push_back(accept("admit.pods", {pods, AddressIs{Side::source, cluster}}));
  // Pods and services are reached through published ports only, never by routing to their networks.
  chain.rules.push_back(
      drop("admit.routed.pods", {elsewhere, AddressIs{Side::destination, cluster}}));
  chain.rules.push_back(drop("admit.routed.services",
                             {elsewhere, AddressIs{Side::destination, config.k3s.service_cidr}}));
  chain.rules.push_back(
      drop("admit.spoof.vrack", {AddressIs{Side::source, config.network.vrack}, NoReversePath{}}));
}

void add_end(Chain& chain, Rate log_rate) {
  const auto prefix = chain.name;
  chain.rules.push_back({.id = prefix + ".log",
                         .verdict = Verdict::log,
                         .target = std::format("kgnode drop {}: ", prefix),
                         .limit = Limit{.rate = log_rate}});
  chain.rules.push_back(drop(prefix + ".drop", {}));
}

/// What pods may not do to the node they run on: its etcd, SSH and this agent are not theirs.
void add_pod_limits(Chain& chain, const config::Config& config) {
  using enum Protocol;
  const std::pair<std::string_view, PortRange> closed[] = {{"ssh", {tcp, 22, 22}},
                                                           {"etcd", {tcp, 2379, 2382}},
                                                           {"controller", {tcp, 10257, 10257}},
                                                           {"scheduler", {tcp, 10259, 10259}},
                                                           {"health", {tcp, 9180, 9180}},
                                                           {"beacon", {udp, 9181, 9181}},
                                                           {"vxlan", {udp, 8472, 8472}},
                                                           {"wireguard", {udp, 51820, 51821}}};
  const InterfaceIs pods{.zone = Zone::pods};
  for (const auto& [name, ports] : closed) {
    chain.rules.push_back(
        drop(std::format("input.pods.{}", name), {pods, PortIs{Side::destination, ports}}));
  }
  chain.rules.push_back(
      accept("input.pods", {pods, AddressIs{Side::source, config.k3s.cluster_cidr}}));
}

/// Every packet from elsewhere is judged here, before destination NAT, by the port it was sent to:
/// so node ports, host ports and load balancer addresses obey too.
Chain admit_chain(const config::Config* config) {
  Chain chain{.name = "admit", .hook = Hook::prerouting, .priority = kAdmitPriority};
  if (config == nullptr || config->firewall.metadata_shield) add_shield(chain);
  add_hygiene(chain);
  if (config != nullptr) add_zones(chain, *config);
  chain.rules.push_back(jump("admit.icmp", "icmp_messages"));
  if (config != nullptr) chain.rules.push_back(jump("admit.limits", "limits"));
  chain.rules.push_back(jump("admit.services", "services"));
  return chain;
}

Chain input_chain(const config::Config* config) {
  Chain chain{
      .name = "input", .hook = Hook::input, .priority = kFilterPriority, .policy = Verdict::drop};
  chain.rules = {accept("input.established", {ConnectionIs{Connection::established}}),
                 accept("input.loopback", {InterfaceIs{.zone = Zone::loopback}})};
  if (config != nullptr) {
    add_pod_limits(chain, *config);
    chain.rules.push_back(accept("input.published", {TranslatedDestination{}}));
  }
  chain.rules.push_back(jump("input.icmp", "icmp_messages"));
  chain.rules.push_back(jump("input.services", "services"));
  return chain;
}

Chain forward_chain(const config::Config* config) {
  Chain chain{.name = "forward",
              .hook = Hook::forward,
              .priority = kFilterPriority,
              .policy = Verdict::drop};
  if (config == nullptr || config->firewall.metadata_shield) add_shield(chain);
  chain.rules.push_back(accept("forward.established", {ConnectionIs{Connection::established}}));
  if (config == nullptr) return chain;
  chain.rules.push_back(accept("forward.published", {TranslatedDestination{}}));
  chain.rules.push_back(accept("forward.from-pods", {InterfaceIs{.zone = Zone::pods}}));
  chain.rules.push_back(
      accept("forward.to-pods", {InterfaceIs{.way = Way::out, .zone = Zone::pods}}));
  return chain;
}

/// The base chains are the same in every rule set, so that one can replace another with all of them
/// hooked all the time.
Ruleset assemble(const config::Config* config, SourceBits bits) {
  const auto log_rate = config == nullptr ? config::Firewall{}.log_rate : config->firewall.log_rate;
  Ruleset rules{.sets = ban_sets(bits)};
  rules.sets.push_back({.name = "pods", .key = SetKey::interface, .interfaces = pod_interfaces()});
  Chain services{.name = "services", .rules = dhcp_rules()};
  Chain limits{.name = "limits"};
  if (config != nullptr) {
    auto ports = make_ports(*config);
    std::ranges::move(ports.sets, std::back_inserter(rules.sets));
    std::ranges::move(ports.services, std::back_inserter(services.rules));
    limits.rules = std::move(ports.limits);
  }
  auto admit = admit_chain(config);
  auto input = input_chain(config);
  auto forward = forward_chain(config);
  for (auto* chain : {&admit, &input, &forward}) add_end(*chain, log_rate);
  rules.chains = {icmp_chain(),    std::move(services), std::move(limits), fragment_chain(),
                  ban_chain(bits), std::move(admit),    std::move(input),  std::move(forward)};
  return rules;
}

}  // namespace

Ruleset make_closed_ruleset(SourceBits bits) { return assemble(nullptr, bits); }
Ruleset make_ruleset(const config::Config& config) {
  return assemble(&config, {.ipv4 = config.ban.ipv4_prefix, .ipv6 = config.ban.ipv6_prefix});
}

}  // namespace kgnode::hardening::firewall

namespace kgnode::hardening {

Firewall::Desired Firewall::desired(const config::Config& config) {
  return {.rules = firewall::make_ruleset(config)};
}

}  // namespace kgnode::hardening
