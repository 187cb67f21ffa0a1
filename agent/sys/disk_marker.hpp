#pragma once
/// Our marker on a disk: one sector that says whose the disk is, so that it is never taken as
/// blank.
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/disks.hpp"

namespace kgnode::sys {

using MarkerSector = std::array<std::byte, Disks::kMarkerSize>;

/// Refuses a text that is empty, too long, or not printable in one line.
Result<MarkerSector> make_disk_marker(std::string_view text);

/// The text; empty when there is no marker; Disks::kMarkerDamaged when one began here and what
/// follows is not what was written, or was written by a later version.
std::string parse_disk_marker(std::span<const std::byte, Disks::kMarkerSize> sector);

}  // namespace kgnode::sys
