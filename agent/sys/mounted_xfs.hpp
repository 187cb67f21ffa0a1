#pragma once
/// The size of an XFS that is mounted.
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace kgnode::sys {

/// In bytes. After xfs_growfs the superblock on the disk stays the old one until the log is written
/// back, which takes up to a minute; the file system itself knows. None when `folder` is not the
/// XFS on `device`.
std::optional<std::uint64_t> read_mounted_xfs_size(const std::string& folder, dev_t device);

}  // namespace kgnode::sys
