/// Each match becomes loads and comparisons, after the checks of family and protocol it depends on.
#include "hardening/firewall/compile.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace kgnode::hardening::firewall {
namespace {

namespace nft = sys::nft;

// Values of the kernel's own headers, which only agent/sys may include.
constexpr std::uint8_t kFamilyIpv4 = 2;    // NFPROTO_IPV4
constexpr std::uint8_t kFamilyIpv6 = 10;   // NFPROTO_IPV6
constexpr std::uint8_t kIcmp = 1;          // IPPROTO_ICMP
constexpr std::uint8_t kIcmp6 = 58;        // IPPROTO_ICMPV6
constexpr std::uint8_t kTcp = 6;           // IPPROTO_TCP
constexpr std::uint32_t kInvalid = 1;      // NF_CT_STATE_INVALID_BIT
constexpr std::uint32_t kEstablished = 6;  // established | related
constexpr std::uint32_t kDnat = 1U << 5U;  // IPS_DST_NAT
constexpr std::size_t kInterfaceLength = 16;

nft::Raw big_endian(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)};
}

/// Registers hold the kernel's own integers in its byte order; all targets are little-endian.
nft::Raw host_order(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8U),
          static_cast<std::uint8_t>(value >> 16U), static_cast<std::uint8_t>(value >> 24U)};
}

nft::Raw interface_key(const std::string& name) {
  nft::Raw key(kInterfaceLength);
  std::ranges::copy_n(name.begin(),
                      static_cast<std::ptrdiff_t>(std::min(name.size(), kInterfaceLength - 1)),
                      key.begin());
  return key;
}

nft::Raw address_key(const Address& address) {
  return {address.bytes.begin(), address.bytes.begin() + address.bits() / 8};
}

nft::Raw mask_of(Family family, std::uint8_t bits) {
  Address ones{.family = family};
  ones.bytes.fill(0xff);
  return address_key(make_prefix(ones, bits).network);
}

/// Writes the expressions of one rule.
class RuleWriter {
 public:
  std::vector<nft::Expression> take() { return std::move(out_); }
  void put(nft::Expression expression) { out_.push_back(std::move(expression)); }

  void operator()(const InterfaceIs& match) {
    put(nft::Meta{match.way == Way::in ? nft::Field::in_interface : nft::Field::out_interface});
    if (match.zone == Zone::pods) {
      put(nft::Lookup{"pods", match.negate});
    } else {
      equal(interface_key("lo"), match.negate);
    }
  }
  void operator()(const FamilyIs& match) { need_family(match.family); }
  void operator()(const AddressIs& match) {
    load_address(match.side, match.prefix.network.family);
    if (match.prefix.length == 0) {
      out_.pop_back();  // the family alone decides
      return;
    }
    if (match.prefix.length < match.prefix.network.bits())
      put(nft::Mask{mask_of(match.prefix.network.family, match.prefix.length)});
    equal(address_key(match.prefix.network));
  }
  void operator()(const AddressInSet& match) {
    load_address(match.side, match.family);
    if (match.bits > 0) put(nft::Mask{mask_of(match.family, match.bits)});
    put(nft::Lookup{match.set});
  }
  void operator()(const PortIs& match) {
    need_protocol(static_cast<std::uint8_t>(match.ports.protocol));
    put(nft::Payload{nft::Header::transport, match.side == Side::source ? 0U : 2U, 2});
    if (match.ports.first == match.ports.last) {
      equal(big_endian(match.ports.first));
    } else {
      put(nft::Range{big_endian(match.ports.first), big_endian(match.ports.last)});
    }
  }
  void operator()(const IcmpTypeIs& match) {
    need_family(match.family);
    need_protocol(match.family == Family::ipv4 ? kIcmp : kIcmp6);
    put(nft::Payload{nft::Header::transport, 0, 1});
    if (match.first == match.last) {
      equal({match.first});
    } else {
      put(nft::Range{{match.first}, {match.last}});
    }
  }
  void operator()(const HopLimitIs& match) {
    need_family(Family::ipv6);
    put(nft::Payload{nft::Header::network, 7, 1});
    equal({match.value});
  }
  void operator()(const TcpFlagsAre& match) {
    need_protocol(kTcp);
    put(nft::Payload{nft::Header::transport, 13, 1});
    put(nft::Mask{{match.mask}});
    equal({match.value}, match.negate);
  }
  void operator()(const ConnectionIs& match) {
    put(nft::Ct{nft::Track::state});
    any_of(match.state == Connection::established ? kEstablished : kInvalid);
  }
  void operator()(const OriginalDirection&) {
    put(nft::Ct{nft::Track::direction});
    equal({0});
  }
  void operator()(const TranslatedDestination&) {
    put(nft::Ct{nft::Track::status});
    any_of(kDnat);
  }
  void operator()(const NoReversePath&) {
    put(nft::ReversePath{});
    equal(host_order(0));
  }
  void operator()(const TinyFragment& match) {
    need_family(match.family);
    if (match.family == Family::ipv4) {
      put(nft::Payload{nft::Header::network, 6, 2});
      put(nft::Mask{{0x20, 0x00}});
      equal({0, 0}, true);
      put(nft::Payload{nft::Header::network, 2, 2});
      put(nft::Cmp{nft::Compare::less, big_endian(kTinyIpv4)});
      return;
    }
    put(nft::FragmentFlags{});
    put(nft::Mask{{0x01}});
    equal({0x01});
    put(nft::Payload{nft::Header::network, 4, 2});
    put(nft::Cmp{nft::Compare::less, big_endian(kTinyIpv6)});
  }

  void limit(const Limit& limit) {
    nft::Limit wire{.rate = limit.rate.count, .per = limit.rate.per, .burst = limit.rate.count};
    if (limit.per_source.empty()) {
      put(wire);
      return;
    }
    wire.over = true;
    load_address(Side::source, limit.family);
    if (limit.family == Family::ipv6) put(nft::Mask{mask_of(Family::ipv6, 64)});
    put(nft::Meter{limit.per_source, wire});
  }

 private:
  void equal(nft::Raw value, bool negate = false) {
    put(nft::Cmp{negate ? nft::Compare::not_equal : nft::Compare::equal, std::move(value)});
  }
  void any_of(std::uint32_t bits) {
    put(nft::Mask{host_order(bits)});
    equal(host_order(0), true);
  }
  void need_family(Family family) {
    if (family_ == family) return;
    put(nft::Meta{nft::Field::family});
    equal({family == Family::ipv4 ? kFamilyIpv4 : kFamilyIpv6});
    family_ = family;
  }
  void need_protocol(std::uint8_t protocol) {
    if (protocol_ == protocol) return;
    put(nft::Meta{nft::Field::protocol});
    equal({protocol});
    protocol_ = protocol;
  }
  void load_address(Side side, Family family) {
    need_family(family);
    const bool source = side == Side::source;
    if (family == Family::ipv4) {
      put(nft::Payload{nft::Header::network, source ? 12U : 16U, 4});
    } else {
      put(nft::Payload{nft::Header::network, source ? 8U : 24U, 16});
    }
  }

  std::vector<nft::Expression> out_;
  std::optional<Family> family_;
  std::optional<std::uint8_t> protocol_;
};

void put_verdict(RuleWriter& out, const Rule& rule) {
  switch (rule.verdict) {
    case Verdict::accept:
      out.put(nft::Verdict{nft::Action::accept, {}});
      return;
    case Verdict::drop:
      out.put(nft::Verdict{nft::Action::drop, {}});
      return;
    case Verdict::jump:
      out.put(nft::Verdict{nft::Action::jump, rule.target});
      return;
    case Verdict::log:
      out.put(nft::Log{rule.target});
      return;
  }
}

nft::Rule compile_rule(const std::string& chain, const Rule& rule) {
  RuleWriter out;
  for (const auto& match : rule.matches) std::visit(out, match);
  if (rule.limit) out.limit(*rule.limit);
  out.put(nft::Counter{});
  put_verdict(out, rule);
  return {.chain = chain, .comment = rule.id, .expressions = out.take()};
}

nft::Hook compile_hook(Hook hook) {
  switch (hook) {
    case Hook::none:
      return nft::Hook::none;
    case Hook::prerouting:
      return nft::Hook::prerouting;
    case Hook::input:
      return nft::Hook::input;
    case Hook::forward:
      return nft::Hook::forward;
  }
  return nft::Hook::none;
}

nft::Key compile_key(SetKey key) {
  if (key == SetKey::interface) return nft::Key::interface;
  return key == SetKey::ipv4 ? nft::Key::ipv4 : nft::Key::ipv6;
}

/// The address after the last one; nothing when the range ends the address space.
std::optional<nft::Raw> after(const Prefix& prefix) {
  auto key = address_key(prefix.last());
  for (std::size_t i = key.size(); i-- > 0;) {
    if (++key[i] != 0) return key;
  }
  return std::nullopt;
}

nft::Set compile_set(const Set& set) {
  nft::Set out{.name = set.name,
               .key = compile_key(set.key),
               .interval = set.interval,
               .timeouts = set.use != SetUse::config,
               .dynamic = set.use == SetUse::meter,
               .constant = set.use == SetUse::config,
               .keep = set.use == SetUse::ban,
               .size = set.size,
               .timeout = set.timeout};
  for (const auto& prefix : set.prefixes) {
    out.elements.push_back({.key = address_key(prefix.network)});
    if (!set.interval) continue;
    if (auto end = after(prefix))
      out.elements.push_back({.key = *std::move(end), .interval_end = true});
  }
  for (const auto& name : set.interfaces) out.elements.push_back({.key = interface_key(name)});
  return out;
}

}  // namespace

sys::nft::Table compile(const Ruleset& rules) {
  nft::Table table{.name = std::string(kTable)};
  for (const auto& set : rules.sets) table.sets.push_back(compile_set(set));
  for (const auto& chain : rules.chains) {
    table.chains.push_back({.name = chain.name,
                            .hook = compile_hook(chain.hook),
                            .priority = chain.priority,
                            .drop = chain.policy == Verdict::drop});
    for (const auto& rule : chain.rules) table.rules.push_back(compile_rule(chain.name, rule));
  }
  return table;
}

}  // namespace kgnode::hardening::firewall
