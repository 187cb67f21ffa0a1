/// Walks the chains as the kernel does.
#include "hardening/firewall/explain.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::hardening::firewall {
namespace {

constexpr int kJumpLimit = 16;  // the kernel's own
constexpr std::uint8_t kSyn = 0x02;

struct Matches {
  const Ruleset& rules;
  const Packet& packet;
  bool after_nat;

  bool operator()(const InterfaceIs& match) const {
    bool is = false;
    if (match.way == Way::out) {
      is = match.zone == Zone::pods && (packet.to_pods || (after_nat && packet.translated));
    } else {
      is = packet.ingress == (match.zone == Zone::pods ? Ingress::pods : Ingress::loopback);
    }
    return is != match.negate;
  }
  bool operator()(const FamilyIs& match) const { return packet.source.family == match.family; }
  bool operator()(const AddressIs& match) const {
    return match.prefix.contains(address(match.side));
  }
  bool operator()(const AddressInSet& match) const {
    const auto* set = rules.find_set(match.set);
    return set != nullptr &&
           std::ranges::any_of(set->prefixes, [this, &match](const Prefix& prefix) {
             return prefix.contains(address(match.side));
           });
  }
  bool operator()(const PortIs& match) const {
    const bool tcp = packet.transport == Transport::tcp;
    if (packet.transport == Transport::icmp_echo) return false;
    if (tcp != (match.ports.protocol == Protocol::tcp)) return false;
    const auto port = match.side == Side::source ? packet.source_port : packet.port;
    return port >= match.ports.first && port <= match.ports.last;
  }
  bool operator()(const IcmpTypeIs& match) const {
    if (packet.transport != Transport::icmp_echo || packet.source.family != match.family)
      return false;
    const unsigned echo = match.family == Family::ipv4 ? 8 : 128;
    return echo >= match.first && echo <= match.last;
  }
  bool operator()(const HopLimitIs&) const { return false; }  // of neighbours' messages only
  bool operator()(const TcpFlagsAre& match) const {
    return packet.transport == Transport::tcp &&
           ((kSyn & match.mask) == match.value) != match.negate;
  }
  bool operator()(const ConnectionIs&) const { return false; }  // it is a new one
  bool operator()(const OriginalDirection&) const { return true; }
  bool operator()(const TranslatedDestination&) const { return after_nat && packet.translated; }
  bool operator()(const NoReversePath&) const { return !packet.reverse_path; }
  bool operator()(const TinyFragment&) const { return false; }

 private:
  const Address& address(Side side) const {
    return side == Side::source ? packet.source : packet.destination;
  }
};

class Walk {
 public:
  Walk(const Ruleset& rules, const Packet& packet) : rules_(rules), packet_(packet) {}

  /// False: the packet ends here.
  bool hook(Hook hook) {
    after_nat_ = hook != Hook::prerouting;
    for (const auto& chain : rules_.chains) {
      if (chain.hook != hook) continue;
      const auto verdict = walk(chain, 0).value_or(chain.policy);
      if (verdict == Verdict::drop) return false;
    }
    return true;
  }

  Explanation take(bool pass) {
    out_.pass = pass;
    return std::move(out_);
  }

 private:
  bool is_match(const Rule& rule) const {
    // A first packet is within every limit.
    if (rule.limit && !rule.limit->per_source.empty()) return false;
    return std::ranges::all_of(rule.matches, [this](const Match& match) {
      return std::visit(Matches{rules_, packet_, after_nat_}, match);
    });
  }

  std::optional<Verdict> walk(const Chain& chain, int depth) {
    for (const auto& rule : chain.rules) {
      if (rule.verdict == Verdict::log || !is_match(rule)) continue;
      out_.trace.push_back(std::format("{}: {}", chain.name, rule.id));
      if (rule.verdict != Verdict::jump) {
        out_.rule = rule.id;
        return rule.verdict;
      }
      const auto* target = rules_.find_chain(rule.target);
      if (target == nullptr || depth == kJumpLimit) continue;
      if (auto verdict = walk(*target, depth + 1)) return verdict;
    }
    if (chain.hook != Hook::none && chain.policy == Verdict::drop) {
      out_.rule = chain.name + " policy";
      out_.trace.push_back(out_.rule);
    }
    return std::nullopt;
  }

  const Ruleset& rules_;
  const Packet& packet_;
  Explanation out_;
  bool after_nat_ = false;
};

}  // namespace

Explanation explain(const Ruleset& rules, const Packet& packet) {
  Walk walk(rules, packet);
  if (!walk.hook(Hook::prerouting)) return walk.take(false);
  return walk.take(walk.hook(packet.local ? Hook::input : Hook::forward));
}

void add_ban(Ruleset& rules, const Prefix& source, SourceBits bits) {
  const auto name = find_ban_set(source, bits).name;
  const auto set = std::ranges::find(rules.sets, name, &Set::name);
  if (set != rules.sets.end()) set->prefixes.push_back(source);
}

std::optional<Target> parse_target(std::string_view text) {
  Target target;
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) {
    const auto address = parse_address(text);
    if (!address) return std::nullopt;
    target.address = *address;
    return target;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  const auto ports = parse_port_range(text.substr(colon + 1));
  if (!address || !ports || ports->first != ports->last) return std::nullopt;
  if (bracketed != (address->family == Family::ipv6)) return std::nullopt;
  target.address = *address;
  target.transport = ports->protocol == Protocol::tcp ? Transport::tcp : Transport::udp;
  target.port = ports->first;
  return target;
}

namespace {

Ingress ingress_of(const config::Config& config, const Address& from, bool own) {
  if (is_loopback(from) || own) return Ingress::loopback;
  if (config.network.vrack.contains(from)) return Ingress::vrack;
  return config.k3s.cluster_cidr.contains(from) ? Ingress::pods : Ingress::outside;
}

/// Addresses that are certainly not this host's.
bool is_elsewhere(const config::Config& config, const Address& to, Ingress ingress) {
  static const std::array metadata = {parse_address("169.254.169.254"),
                                      parse_address("fe80::a9fe:a9fe")};
  return config.k3s.cluster_cidr.contains(to) || config.k3s.service_cidr.contains(to) ||
         config.network.vrack.contains(to) || std::ranges::contains(metadata, to) ||
         ingress == Ingress::pods;
}

}  // namespace

Packet make_packet(const config::Config& config, const Address& from, const Target& to,
                   std::span<const Address> own) {
  const auto is_own = [&config, own](const Address& address) {
    return address == config.network.address || std::ranges::contains(own, address);
  };
  Packet packet{.source = from,
                .destination = to.address,
                .transport = to.transport,
                .port = to.port,
                .ingress = ingress_of(config, from, is_own(from))};
  packet.local = is_own(to.address) || is_loopback(to.address) ||
                 !is_elsewhere(config, to.address, packet.ingress);
  packet.to_pods = !packet.local && config.k3s.cluster_cidr.contains(to.address);
  packet.translated = config.k3s.service_cidr.contains(to.address);
  return packet;
}

}  // namespace kgnode::hardening::firewall
