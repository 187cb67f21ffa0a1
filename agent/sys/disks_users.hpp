#pragma once
/// Who uses block devices: mounts of every mount namespace, swap, btrfs over several devices.
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/disks.hpp"
#include "agent/sys/disks_sysfs.hpp"

namespace kgnode::sys {

/// Fills in mounts and swap. What cannot be told is an error: a disk whose users are unknown is not
/// free. A namespace without a process of its own is seen by nobody; there the kernel refuses the
/// exclusive open of whoever writes.
Result<> find_users(const DiskSources& sources, std::vector<KnownDevice>& devices);

/// What is mounted at exactly this folder, in our own namespace.
Result<std::optional<Space>> read_space(const DiskSources& sources, const std::string& mount_point);

}  // namespace kgnode::sys
