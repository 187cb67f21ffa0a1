#pragma once
/// The sets that hold bans: the firewall declares them, the ban domain fills them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"

namespace kgnode::hardening {

inline constexpr std::string_view kFirewallTable = "kgnode";  // inet
/// A million addresses take about 100 MiB of the kernel's memory.
inline constexpr std::uint32_t kBanSetSize = 1'000'000;

/// How many bits of an address stand for one source.
struct SourceBits {
  std::uint8_t ipv4 = 32;
  std::uint8_t ipv6 = 64;

  std::uint8_t of(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
  bool operator==(const SourceBits&) const = default;
};

struct BanSet {
  std::string name;
  Family family = Family::ipv4;
  std::uint8_t mask = 0;  // only so many bits of an address are looked up; 0: all
  bool interval = false;  // networks of any length, none of which may overlap another
  bool operator==(const BanSet&) const = default;
};

/// Addresses and sources have hash sets: one more in an interval set costs time linear in its size
/// (11 ms at 50 000). The name tells the mask, so that a set whose keys mean something else is
/// another set.
std::vector<BanSet> make_ban_sets(SourceBits bits);
/// The one that a ban of this source belongs into.
BanSet find_ban_set(const Prefix& source, SourceBits bits);
/// Networks that are banned or on a block list.
std::string network_set(Family family);
/// Addresses on block lists: apart from banned ones, so that neither's end is the other's.
std::string listed_set(Family family);

}  // namespace kgnode::hardening
