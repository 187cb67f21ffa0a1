#pragma once
/// Rules as values: the one model that is compiled for the kernel, printed as nft text and asked
/// whether a packet passes.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/units.hpp"
#include "hardening/ban_sets.hpp"

namespace kgnode::hardening::firewall {

inline constexpr std::string_view kTable = kFirewallTable;
// No IPv4 link in use makes smaller packets (RFC 791's 576), no IPv6 link may (RFC 8200's 1280 less
// the header), except for the last fragment.
inline constexpr std::uint16_t kTinyIpv4 = 552;
inline constexpr std::uint16_t kTinyIpv6 = 1200;

enum class Side : std::uint8_t { source, destination };
enum class Way : std::uint8_t { in, out };
/// `pods`: the bridge of this node's pods and the tunnels to those of the others.
enum class Zone : std::uint8_t { loopback, pods };
enum class Connection : std::uint8_t { established, invalid };

struct InterfaceIs {
  Way way = Way::in;
  Zone zone = Zone::loopback;
  bool negate = false;
  bool operator==(const InterfaceIs&) const = default;
};
struct FamilyIs {
  Family family = Family::ipv4;
  bool operator==(const FamilyIs&) const = default;
};
struct AddressIs {
  Side side = Side::source;
  Prefix prefix;
  bool operator==(const AddressIs&) const = default;
};
struct AddressInSet {
  Side side = Side::source;
  Family family = Family::ipv4;
  std::string set;
  std::uint8_t bits = 0;  // only so many of the address are looked up; 0: all
  bool operator==(const AddressInSet&) const = default;
};
struct PortIs {
  Side side = Side::destination;
  PortRange ports;
  bool operator==(const PortIs&) const = default;
};
struct IcmpTypeIs {
  Family family = Family::ipv4;
  std::uint8_t first = 0;
  std::uint8_t last = 0;
  bool operator==(const IcmpTypeIs&) const = default;
};
/// IPv6 only: 255 proves that the packet was sent on this link.
struct HopLimitIs {
  std::uint8_t value = 255;
  bool operator==(const HopLimitIs&) const = default;
};
/// (flags & mask) == value, or != value.
struct TcpFlagsAre {
  std::uint8_t mask = 0;
  std::uint8_t value = 0;
  bool negate = false;
  bool operator==(const TcpFlagsAre&) const = default;
};
struct ConnectionIs {
  Connection state = Connection::established;
  bool operator==(const ConnectionIs&) const = default;
};
struct OriginalDirection {
  bool operator==(const OriginalDirection&) const = default;
};
/// The destination was rewritten: a published service, judged before that in prerouting.
struct TranslatedDestination {
  bool operator==(const TranslatedDestination&) const = default;
};
/// The route back to the source leads over another interface.
struct NoReversePath {
  bool operator==(const NoReversePath&) const = default;
};
/// A fragment that is not the last and yet smaller than any real link makes them.
struct TinyFragment {
  Family family = Family::ipv4;
  bool operator==(const TinyFragment&) const = default;
};

using Match = std::variant<InterfaceIs, FamilyIs, AddressIs, AddressInSet, PortIs, IcmpTypeIs,
                           HopLimitIs, TcpFlagsAre, ConnectionIs, OriginalDirection,
                           TranslatedDestination, NoReversePath, TinyFragment>;

/// The rule matches while a limit holds (`per_source` empty: one limit for all packets), or, with a
/// dynamic set, when one source exceeds its share; IPv6 sources count by /64.
struct Limit {
  Rate rate;
  std::string per_source;
  Family family = Family::ipv4;  // of per_source
  bool operator==(const Limit&) const = default;
};

enum class Verdict : std::uint8_t { accept, drop, jump, log };

struct Rule {
  std::string id;  // "services.ssh.admin.ipv4", unique in a rule set, the comment in the kernel
  std::vector<Match> matches;
  Verdict verdict = Verdict::drop;
  std::string target;  // of a jump, or the text in front of a log line
  std::optional<Limit> limit;
  bool operator==(const Rule&) const = default;
};

enum class Hook : std::uint8_t { none, prerouting, input, forward };

struct Chain {
  std::string name;
  Hook hook = Hook::none;
  int priority = 0;
  Verdict policy = Verdict::accept;
  std::vector<Rule> rules;
  bool operator==(const Chain&) const = default;
};

enum class SetKey : std::uint8_t { ipv4, ipv6, interface };
/// `config`: closed; `ban`: filled by others and kept when rules are replaced; `meter`: filled by
/// packets.
enum class SetUse : std::uint8_t { config, ban, meter };

struct Set {
  std::string name;
  SetKey key = SetKey::ipv4;
  SetUse use = SetUse::config;
  bool interval = false;
  std::uint32_t size = 0;
  std::chrono::seconds timeout{0};
  // Of an interval set sorted, none inside or beside another that it could join.
  std::vector<Prefix> prefixes;
  std::vector<std::string> interfaces;  // sorted
  bool operator==(const Set&) const = default;
};

struct Ruleset {
  std::vector<Set> sets;
  std::vector<Chain> chains;  // base chains of one hook in the order of their priorities
  bool operator==(const Ruleset&) const = default;

  const Set* find_set(std::string_view name) const;
  const Chain* find_chain(std::string_view name) const;
};

/// What "pods" means: the names that K3s' flannel and CNI give.
const std::vector<std::string>& pod_interfaces();
std::string_view to_string(SetKey key);
std::string_view to_string(Hook hook);

}  // namespace kgnode::hardening::firewall
