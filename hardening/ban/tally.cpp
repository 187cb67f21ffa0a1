/// A set-associative table: the bucket of a source has eight places, and the least of them gives
/// way.
#include "hardening/ban/tally.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

namespace kgnode::hardening::ban {
namespace {

constexpr std::size_t kWays = 8;
constexpr std::size_t kFirstSlots = 1024;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::size_t round_up(std::size_t limit) { return std::bit_ceil(std::max(limit, kWays)); }

}  // namespace

Tally::Tally(std::size_t limit, std::uint64_t seed)
    : limit_(round_up(limit)), seed_(seed), slots_(std::min(kFirstSlots, limit_)) {}

void Tally::set_windows(const std::vector<std::chrono::seconds>& windows) {
  part_lengths_.clear();
  for (const auto window : windows)
    part_lengths_.push_back(std::max(window / static_cast<int>(kParts), std::chrono::seconds(1)));
  slots_ = std::vector<Slot>(std::min(kFirstSlots, limit_));
  used_ = 0;
}

std::uint32_t Tally::part_of(std::uint8_t jail, Time at) const {
  const auto since = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch());
  return static_cast<std::uint32_t>(since / part_lengths_[jail]);
}

std::size_t Tally::bucket_of(std::uint8_t jail, const Prefix& source) const {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), source.network.bytes.data(), sizeof halves);
  const auto kind = (std::uint64_t{jail} << 16U) | (std::uint64_t{source.length} << 8U) |
                    static_cast<std::uint64_t>(source.network.family);
  // Odd constants of the golden ratio and of the square root of three.
  auto hash = mix(halves[0] ^ seed_, 0x9e3779b97f4a7c15U ^ kind);
  hash = mix(hash ^ halves[1], 0xbb67ae8584caa73bU ^ seed_);
  return (hash % (slots_.size() / kWays)) * kWays;
}

bool Tally::is_for(const Slot& slot, std::uint8_t jail, const Prefix& source) {
  return slot.used && slot.jail == jail && slot.length == source.length &&
         slot.family == static_cast<std::uint8_t>(source.network.family) &&
         slot.address == source.network.bytes;
}

unsigned Tally::sum(const Slot& slot) {
  return std::accumulate(slot.parts.begin(), slot.parts.end(), 0U);
}

void Tally::advance(Slot& slot, std::uint32_t newest) {
  const auto by = std::min<std::size_t>(newest - slot.newest, kParts);
  std::shift_right(slot.parts.begin(), slot.parts.end(), static_cast<std::ptrdiff_t>(by));
  std::ranges::fill_n(slot.parts.begin(), static_cast<std::ptrdiff_t>(by), std::uint16_t{0});
  slot.newest = newest;
}

Tally::Slot* Tally::find(std::uint8_t jail, const Prefix& source) {
  const auto bucket = bucket_of(jail, source);
  for (auto i = bucket; i < bucket + kWays; ++i) {
    if (is_for(slots_[i], jail, source)) return &slots_[i];
  }
  return nullptr;
}

bool Tally::is_over(const Slot& slot, Time now) const {
  return part_of(slot.jail, now) >= slot.newest + kParts;
}

Tally::Slot* Tally::free_slot(std::size_t bucket, Time at) {
  for (auto i = bucket; i < bucket + kWays; ++i) {
    auto& slot = slots_[i];
    if (slot.used && !is_over(slot, at)) continue;
    if (std::exchange(slot.used, false)) --used_;
    return &slot;
  }
  return nullptr;
}

/// A place for a new source: a free one, one of a larger table, or that of who did least.
Tally::Slot& Tally::claim(std::uint8_t jail, const Prefix& source, Time at) {
  auto* slot = free_slot(bucket_of(jail, source), at);
  while (slot == nullptr && slots_.size() < limit_) {
    resize(slots_.size() * 2);
    slot = free_slot(bucket_of(jail, source), at);
  }
  if (slot == nullptr) {
    const auto bucket = std::span(slots_).subspan(bucket_of(jail, source), kWays);
    slot = &*std::ranges::min_element(bucket, {}, [this](const Slot& held) {
      return std::pair(sum(held), held.newest * part_lengths_[held.jail]);
    });
    --used_;
  }
  *slot = Slot{.address = source.network.bytes,
               .length = source.length,
               .family = static_cast<std::uint8_t>(source.network.family),
               .jail = jail,
               .used = true,
               .newest = part_of(jail, at)};
  ++used_;
  return *slot;
}

unsigned Tally::add(std::uint8_t jail, const Prefix& source, unsigned weight, Time at) {
  auto* slot = find(jail, source);
  if (slot == nullptr) slot = &claim(jail, source, at);
  const auto part = part_of(jail, at);
  if (part > slot->newest) advance(*slot, part);
  // Lines of another source may come late; one that is older than the window does not count.
  const auto age = slot->newest - part;
  if (age < kParts) {
    constexpr unsigned kMost = std::numeric_limits<std::uint16_t>::max();
    slot->parts[age] = static_cast<std::uint16_t>(std::min(slot->parts[age] + weight, kMost));
  }
  return sum(*slot);
}

void Tally::forget(std::uint8_t jail, const Prefix& source) {
  auto* slot = find(jail, source);
  if (slot == nullptr) return;
  slot->used = false;
  --used_;
}

void Tally::prune(Time now) {
  for (auto& slot : slots_) {
    if (!slot.used || !is_over(slot, now)) continue;
    slot.used = false;
    --used_;
  }
  auto wanted = slots_.size();
  while (wanted > kFirstSlots && used_ < wanted / 16) wanted /= 2;
  if (wanted < slots_.size()) resize(wanted);
}

/// Sources that find no place in a smaller table are few; who did least gives way, as always.
void Tally::resize(std::size_t slots) {
  const auto old = std::exchange(slots_, std::vector<Slot>(slots));
  used_ = 0;
  for (const auto& slot : old) {
    if (slot.used) put(to_entry(slot));
  }
}

Tally::Entry Tally::to_entry(const Slot& slot) {
  return {.source = {.network = {.family = static_cast<Family>(slot.family), .bytes = slot.address},
                     .length = slot.length},
          .jail = slot.jail,
          .newest = slot.newest,
          .parts = slot.parts};
}

void Tally::for_each(const std::function<void(const Entry&)>& visit) const {
  for (const auto& slot : slots_) {
    if (slot.used) visit(to_entry(slot));
  }
}

void Tally::put(const Entry& entry) {
  if (entry.jail >= part_lengths_.size()) return;
  const auto at = Time(entry.newest * part_lengths_[entry.jail]);
  auto& slot = claim(entry.jail, entry.source, at);
  slot.parts = entry.parts;
}

}  // namespace kgnode::hardening::ban
