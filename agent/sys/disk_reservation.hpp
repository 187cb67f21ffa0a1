#pragma once
/// Persistent reservations of SCSI disks (SPC-4 section 5.13): another host that holds one makes
/// writes fail.
#include <cstdint>
#include <span>
#include <string>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct Reservation {
  /// `none`: nobody holds one. `unsupported`: the device knows no such thing. `unknown`: it could
  /// not be asked, or there is no device.
  enum class State : std::uint8_t { unknown, unsupported, none, held };
  State state = State::unknown;
  std::string device;     // its name
  std::uint64_t key = 0;  // of who holds it
  std::uint8_t type = 0;  // SPC-4 table 62
  std::string trouble;    // why it is unknown
  bool operator==(const Reservation&) const = default;
};

/// The answer to PERSISTENT RESERVE IN / READ RESERVATION. Too short an answer is an error.
Result<Reservation> parse_reservation(std::span<const std::uint8_t> answer);

/// Asks the disk; `path` is its device file or that of one of its partitions.
Reservation read_reservation(const std::string& path);

}  // namespace kgnode::sys
