#pragma once
/// What chronyd says of the clock: the answer of `chronyc -c -N -m tracking sources authdata`.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode {

/// Where a helper with chrony's own account leaves the answer: it alone may ask.
inline constexpr auto kChronyAnswer = "/run/kgnode/time/answer";

struct TimeSource {
  std::string name;
  char state = '?';        // '*': chosen, '+': agrees, '?': not reached, 'x': wrong, '~': unsteady
  bool reached = false;    // lately
  bool has_proof = false;  // its answers are authenticated
  bool operator==(const TimeSource&) const = default;
};

struct ClockSeen {
  bool synchronised = false;
  std::chrono::nanoseconds offset{0};  // of our clock; positive: it is ahead
  std::chrono::nanoseconds error{0};   // at most, by the way to the source
  std::string source;                  // empty: none is chosen
  std::vector<TimeSource> sources;
  bool operator==(const ClockSeen&) const = default;
};

Result<ClockSeen> parse_chrony(std::string_view text);

/// How far the clock may be off before that is told.
inline constexpr std::chrono::milliseconds kOffsetLimit{100};
/// How far off a node may be that joins a cluster: etcd and certificates go by the clock.
inline constexpr std::chrono::seconds kJoinLimit{1};

/// Why the clock cannot be relied on; empty: it can.
std::string clock_trouble(const ClockSeen& clock, std::chrono::nanoseconds limit);

}  // namespace kgnode
