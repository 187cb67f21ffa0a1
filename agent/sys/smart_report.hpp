#pragma once
/// What a drive says of its own health, from smartctl(8): `smartctl --json -n standby -i -H -A`.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct SmartReport {
  /// `unavailable`: it says nothing, for whatever reason; that is not health. `asleep`: it was not
  /// asked, for that would spin it up.
  enum class State : std::uint8_t { unavailable, asleep, told };
  State state = State::unavailable;
  std::string trouble;         // why it is unavailable
  std::optional<bool> passed;  // its own verdict
  std::uint64_t hours = 0;     // powered on
  /// Places of it that could not be read or written: pending and uncorrectable sectors (ATA),
  /// uncorrected errors (SCSI), media errors (NVMe).
  std::uint64_t lost = 0;
  std::vector<std::string> failing;  // attributes that are past their threshold now (ATA)

  // Of NVMe.
  std::uint8_t warnings = 0;            // the bits of Critical Warning
  std::optional<unsigned> used;         // percent of its rated life
  std::optional<unsigned> spare;        // percent
  std::optional<unsigned> least_spare;  // percent
  bool operator==(const SmartReport&) const = default;
};

/// An Error when it is not what smartctl prints.
Result<SmartReport> parse_smart_report(std::string_view json);

}  // namespace kgnode::sys
