/// The rule model as nft(8) reads it.
#include "hardening/firewall/text.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::hardening::firewall {
namespace {

std::string_view network_header(Family family) { return family == Family::ipv4 ? "ip" : "ip6"; }
std::string_view short_side(Side side) { return side == Side::source ? "saddr" : "daddr"; }

std::string numbers(unsigned first, unsigned last) {
  return first == last ? std::format("{}", first) : std::format("{}-{}", first, last);
}

std::string mask_text(const AddressInSet& match) {
  if (match.bits == 0) return {};
  Address ones{.family = match.family};
  ones.bytes.fill(0xff);
  return " & " + to_string(make_prefix(ones, match.bits).network);
}

struct MatchText {
  std::string operator()(const InterfaceIs& match) const {
    return std::format("{} {}{}", match.way == Way::in ? "iifname" : "oifname",
                       match.negate ? "!= " : "", match.zone == Zone::pods ? "@pods" : "\"lo\"");
  }
  std::string operator()(const FamilyIs& match) const {
    return std::format("meta nfproto {}", match.family == Family::ipv4 ? "ipv4" : "ipv6");
  }
  std::string operator()(const AddressIs& match) const {
    if (match.prefix.length == 0) return (*this)(FamilyIs{match.prefix.network.family});
    return std::format("{} {} {}", network_header(match.prefix.network.family),
                       short_side(match.side), to_string(match.prefix));
  }
  std::string operator()(const AddressInSet& match) const {
    return std::format("{} {}{} @{}", network_header(match.family), short_side(match.side),
                       mask_text(match), match.set);
  }
  std::string operator()(const PortIs& match) const {
    return std::format("{} {} {}", to_string(match.ports.protocol),
                       match.side == Side::source ? "sport" : "dport",
                       numbers(match.ports.first, match.ports.last));
  }
  std::string operator()(const IcmpTypeIs& match) const {
    return std::format("{} type {}", match.family == Family::ipv4 ? "icmp" : "icmpv6",
                       numbers(match.first, match.last));
  }
  std::string operator()(const HopLimitIs& match) const {
    return std::format("ip6 hoplimit {}", match.value);
  }
  std::string operator()(const TcpFlagsAre& match) const {
    return std::format("tcp flags & {:#04x} {} {:#04x}", match.mask,
                       match.negate ? "!=" : "==", match.value);
  }
  std::string operator()(const ConnectionIs& match) const {
    return match.state == Connection::established ? "ct state established,related"
                                                  : "ct state invalid";
  }
  std::string operator()(const OriginalDirection&) const { return "ct direction original"; }
  std::string operator()(const TranslatedDestination&) const { return "ct status dnat"; }
  std::string operator()(const NoReversePath&) const { return "fib saddr . iif oif 0"; }
  std::string operator()(const TinyFragment& match) const {
    if (match.family == Family::ipv4)
      return std::format("ip frag-off & 0x2000 != 0 ip length < {}", kTinyIpv4);
    return std::format("frag more-fragments 1 ip6 length < {}", kTinyIpv6);
  }
};

std::string limit_text(const Limit& limit) {
  const auto rate = std::format("{} burst {} packets", to_string(limit.rate), limit.rate.count);
  if (limit.per_source.empty()) return "limit rate " + rate;
  const auto source =
      limit.family == Family::ipv4 ? "ip saddr" : "ip6 saddr & ffff:ffff:ffff:ffff::";
  return std::format("update @{} {{ {} limit rate over {} }}", limit.per_source, source, rate);
}

std::string verdict_text(const Rule& rule) {
  switch (rule.verdict) {
    case Verdict::accept:
      return "accept";
    case Verdict::drop:
      return "drop";
    case Verdict::jump:
      return "jump " + rule.target;
    case Verdict::log:
      return std::format("log prefix \"{}\"", rule.target);
  }
  return "drop";
}

std::string flags_text(const Set& set) {
  std::vector<std::string> flags;
  if (set.use == SetUse::config) flags.emplace_back("constant");
  if (set.use == SetUse::meter) flags.emplace_back("dynamic");
  if (set.interval) flags.emplace_back("interval");
  if (set.use != SetUse::config) flags.emplace_back("timeout");
  return join(flags, ",");
}

std::string elements_text(const Set& set) {
  std::vector<std::string> elements;
  for (const auto& prefix : set.prefixes) elements.push_back(to_string(prefix));
  for (const auto& name : set.interfaces) elements.push_back(std::format("\"{}\"", name));
  if (elements.empty()) return {};
  return std::format("    elements = {{ {} }}\n", join(elements, ", "));
}

std::string chain_text(const Chain& chain) {
  std::string text = std::format("  chain {} {{\n", chain.name);
  if (chain.hook != Hook::none) {
    text += std::format("    type filter hook {} priority {}; policy {};\n", to_string(chain.hook),
                        chain.priority, chain.policy == Verdict::drop ? "drop" : "accept");
  }
  for (const auto& rule : chain.rules) text += "    " + to_nft_text(rule) + "\n";
  return text + "  }\n";
}

}  // namespace

std::string to_nft_text(const Rule& rule) {
  std::string text;
  for (const auto& match : rule.matches) text += std::visit(MatchText{}, match) + " ";
  if (rule.limit) text += limit_text(*rule.limit) + " ";
  return std::format("{}counter {} comment \"{}\"", text, verdict_text(rule), rule.id);
}

std::string to_nft_text(const Set& set) {
  auto text = std::format("  set {} {{\n    type {}\n    flags {}\n", set.name, to_string(set.key),
                          flags_text(set));
  if (set.size > 0) text += std::format("    size {}\n", set.size);
  if (set.timeout.count() > 0)
    text += std::format("    timeout {}\n", kgnode::to_string(set.timeout));
  return text + elements_text(set) + "  }\n";
}

std::string to_nft_text(const Ruleset& rules) {
  auto text = std::format("table inet {} {{\n", kTable);
  for (const auto& set : rules.sets) text += to_nft_text(set);
  for (const auto& chain : rules.chains) text += chain_text(chain);
  return text + "}\n";
}

}  // namespace kgnode::hardening::firewall
