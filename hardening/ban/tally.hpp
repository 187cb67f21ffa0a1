#pragma once
/// How much each source has done of late: sliding windows of weights, in bounded memory. A flood of
/// sources pushes out those that did least, never one that did more.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "agent/base/net.hpp"
#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

class Tally {
 public:
  /// A window is counted in so many parts; its oldest one is left out, so that a sum covers nine
  /// tenths of the window to all of it, and never more.
  static constexpr std::size_t kParts = 10;

  /// One source in one jail.
  struct Entry {
    Prefix source;
    std::uint8_t jail = 0;
    std::uint32_t newest = 0;                   // number of the newest part since the epoch
    std::array<std::uint16_t, kParts> parts{};  // newest first
    bool operator==(const Entry&) const = default;
  };

  /// `limit`: sources held at most, rounded up to a power of two, at least 8. `seed`: keeps an
  /// attacker from choosing sources that push out each other's.
  Tally(std::size_t limit, std::uint64_t seed);

  /// Jails are numbers; each has its window from here on, at least kParts seconds. Begins anew:
  /// what was counted belongs to other windows.
  void set_windows(const std::vector<std::chrono::seconds>& windows);

  /// Adds a weight and gives the sum of this source in the window that ends at `at`.
  unsigned add(std::uint8_t jail, const Prefix& source, unsigned weight, Time at);
  void forget(std::uint8_t jail, const Prefix& source);

  /// Drops what has left its window, and gives memory back when little is held.
  void prune(Time now);

  void for_each(const std::function<void(const Entry&)>& visit) const;
  /// For a checkpoint that is read back; an entry of an unknown jail is passed over.
  void put(const Entry& entry);

  std::size_t size() const { return used_; }
  std::size_t memory() const { return slots_.size() * sizeof(Slot); }  // bytes

 private:
  // As small as it gets: a flood fills all of them.
  struct Slot {
    std::array<std::uint8_t, 16> address{};
    std::uint8_t length = 0;
    std::uint8_t family = 0;
    std::uint8_t jail = 0;
    bool used = false;
    std::uint32_t newest = 0;
    std::array<std::uint16_t, kParts> parts{};
  };

  static bool is_for(const Slot& slot, std::uint8_t jail, const Prefix& source);
  static unsigned sum(const Slot& slot);
  static void advance(Slot& slot, std::uint32_t newest);
  static Entry to_entry(const Slot& slot);

  std::uint32_t part_of(std::uint8_t jail, Time at) const;
  std::size_t bucket_of(std::uint8_t jail, const Prefix& source) const;
  Slot* find(std::uint8_t jail, const Prefix& source);
  Slot& claim(std::uint8_t jail, const Prefix& source, Time at);
  Slot* free_slot(std::size_t bucket, Time at);
  bool is_over(const Slot& slot, Time now) const;
  void resize(std::size_t slots);

  std::size_t limit_;
  std::uint64_t seed_;
  std::vector<std::chrono::seconds> part_lengths_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace kgnode::hardening::ban
