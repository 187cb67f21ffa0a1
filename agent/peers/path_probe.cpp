/// How large a datagram may be on the way to another node.
#include "agent/peers/path_probe.hpp"

#include <algorithm>
#include <array>

#include "agent/peers/beacon.hpp"

namespace kgnode::peers {
namespace {

// What tunnels leave of 1500: 50 octets less with VXLAN, 80 with WireGuard; then the least of IPv6.
// Without the headers of IPv4 and UDP.
constexpr std::array<std::size_t, 3> kLadder = {1422, 1392, 1252};

}  // namespace

std::optional<std::size_t> PathProbe::due(Mono now, std::size_t full) {
  if (full != full_) *this = {};
  full_ = full;
  const auto since = now - sent_;
  if (waiting_ == 0) {
    if (since < (is_narrow_ ? kEveryNarrow : kEvery)) return std::nullopt;
    waiting_ = full;
    lost_ = 0;
  } else {
    if (since < kAgain) return std::nullopt;
    waiting_ = next_size(full);
  }
  if (waiting_ == 0) return std::nullopt;
  sent_ = now;
  return waiting_;
}

/// After one that was lost; 0: that is enough for now.
std::size_t PathProbe::next_size(std::size_t full) {
  if (waiting_ == full && is_narrow_) return 0;  // as it was
  if (waiting_ == full && ++lost_ < kMostLost) return full;
  is_narrow_ = true;
  const auto smaller = std::ranges::find_if(
      kLadder, [waiting = waiting_](std::size_t size) { return size < waiting; });
  if (smaller != kLadder.end()) return *smaller;
  largest_ = kBeaconLimit;
  return 0;
}

void PathProbe::answered(std::size_t size) {
  if (waiting_ == 0 || size != waiting_) return;
  largest_ = size;
  if (size == full_) is_narrow_ = false;
  waiting_ = 0;
}

}  // namespace kgnode::peers
