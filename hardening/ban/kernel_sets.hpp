#pragma once
/// Bans into the kernel: elements of the firewall's sets, each with the time it has left.
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/ban/networks.hpp"
#include "hardening/ban/types.hpp"
#include "hardening/ban_sets.hpp"

namespace kgnode::hardening::ban {

/// After an error some of the work may be done; the same call again does the rest. Networks are
/// kept here, because one may change the ranges of another.
class KernelSets {
 public:
  /// Elements in one transaction.
  static constexpr std::size_t kBatch = 4096;
  /// The same where block lists replace others of an earlier run: none of them leaves meanwhile.
  static constexpr std::size_t kListBatch = 65536;

  explicit KernelSets(sys::Nftables& nftables) : nftables_(nftables) {}

  /// All that is in force: at start, when `bits` change, when the sets may have been made anew.
  /// Bans that are in the kernel and not in `bans` stay until they end.
  Result<> fill(SourceBits bits, std::span<const Ban> bans, std::span<const Prefix> listed,
                Time now);
  /// False: the kernel has other sets than those that were filled.
  Result<bool> are_filled();
  /// A source that is banned already gets the new end.
  Result<> add(std::span<const Ban> bans, Time now);
  /// Sources that are not banned, or no longer, are fine.
  Result<> remove(std::span<const Prefix> sources, Time now);
  /// The block lists, merged: without an end, until the next call.
  Result<> set_listed(std::span<const Prefix> listed, Time now);

 private:
  /// Takes the networks; gives the addresses, sorted.
  void split(std::span<const Prefix> listed, std::vector<Prefix>& addresses);
  Result<> put_bans(sys::Change change, std::span<const Ban> bans, Time now);
  Result<> write_networks(Time now);
  Result<> write_networks_of(Family family, Time now);

  sys::Nftables& nftables_;
  SourceBits bits_;
  std::uint64_t filled_sets_ = 0;                             // as sys::TableState has them
  std::map<Prefix, Time> networks_;                           // banned ones, with their ends
  std::vector<Prefix> listed_networks_;                       // of block lists
  std::vector<Prefix> listed_;                                // their addresses, sorted
  bool networks_changed_ = false;                             // since they were written
  std::array<std::optional<std::vector<Range>>, 2> written_;  // by family; none: not known
};

/// The bits that most of these bans have been counted by: what the configuration said when they
/// were made. For the time before there is a configuration.
SourceBits common_bits(std::span<const Ban> bans);

}  // namespace kgnode::hardening::ban
