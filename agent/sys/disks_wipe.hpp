#pragma once
/// Takes from a disk all that says that something is on it. For agent/sys only.
#include "agent/base/result.hpp"
#include "agent/sys/disk_access.hpp"

namespace kgnode::sys {

/// Signatures inside its partitions first, which nobody finds once the table is gone; then its own;
/// then the first and the last MiB, but for our marker: an interrupted wipe is still ours to
/// finish.
Result<> wipe_disk(const OpenDisk& disk);

}  // namespace kgnode::sys
