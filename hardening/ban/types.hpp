#pragma once
/// What the parts of the ban domain hand to each other: lines in, hits, bans out.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/net.hpp"

namespace kgnode::hardening::ban {

/// When the line was logged, not when it was read: a replayed line counts where it belongs.
using Time = std::chrono::system_clock::time_point;

/// What one line says about one source.
struct Hit {
  Address address;
  std::uint16_t weight = 1;  // 1..100, summed up against the threshold of its jail
  bool operator==(const Hit&) const = default;
};

/// One ban in force. `source` is what was counted: an address, or the network it stands for.
struct Ban {
  Prefix source;
  std::string jail;  // or "manual", "shared"
  Time since;
  Time until;
  std::uint32_t strikes = 1;  // how often this source has been banned by now
  bool operator==(const Ban&) const = default;
};

inline constexpr const char* kManualJail = "manual";
inline constexpr const char* kSharedJail = "shared";  // another node made it
/// A ban without an end, as far as the kernel and we are concerned.
inline constexpr std::chrono::years kForEver{10};

}  // namespace kgnode::hardening::ban
