#pragma once
/// Networks of any length as disjoint ranges, the only thing an interval set takes, and what turns
/// one set of ranges into another. Pure.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

struct Network {
  Prefix prefix;
  Time until;  // Time::max(): for ever
  auto operator<=>(const Network&) const = default;
};

struct Range {
  Address first;
  std::optional<Address> end;  // the address after the last one; none: it ends with all addresses
  Time until;
  bool operator==(const Range&) const = default;
};

/// Of one family, sorted. Every address is covered as long as the one of its networks that
/// ends last; neighbours that end together are one range.
std::vector<Range> to_ranges(std::vector<Network> networks);
/// The same of what the kernel has in a set.
std::vector<Range> parse_ranges(std::span<const sys::nft::Element> elements, Family family,
                                Time now);

/// What changes one set. Ranges whose ends differ by less than kEndTolerance are the same: the
/// kernel has a clock of its own.
std::vector<sys::ElementEdit> plan_ranges(const std::string& set, std::span<const Range> want,
                                          std::span<const Range> have, Time now);
inline constexpr std::chrono::seconds kEndTolerance{2};

sys::nft::Raw to_key(const Address& address);
/// What is left until then, at least one millisecond; 0 when there is no end.
std::chrono::milliseconds time_left(Time until, Time now);

}  // namespace kgnode::hardening::ban
