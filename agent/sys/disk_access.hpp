#pragma once
/// A whole disk, opened to be written. For agent/sys only.
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/disks_sysfs.hpp"

namespace kgnode::sys {

/// A partition as the kernel has it, in bytes.
struct KernelPartition {
  unsigned number = 0;
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  bool operator==(const KernelPartition&) const = default;
};

struct OpenDisk {
  std::string path;
  std::string folder;  // in sysfs
  UniqueFd fd;
  std::uint64_t size = 0;
  std::uint32_t sector = 0;
  std::uint64_t sequence = 0;  // of the disk that is behind its name since it came; 0: not known
};

/// `exclusive`: the kernel refuses a disk that is mounted, swap, part of something, or whose
/// partition is; and while it is open refuses everybody else, whatever mount namespace they are in.
/// `shared`: for a disk whose partition stays mounted.
enum class Access : std::uint8_t { exclusive, shared };

/// Refuses partitions, links, read-only disks. Every write is on the device when it returns. Holds
/// the lock that keeps udev from probing in between (systemd.io/BLOCK_DEVICE_LOCKING).
Result<OpenDisk> open_disk(const DiskSources& sources, const std::string& path, Access access);

Result<std::vector<KernelPartition>> list_kernel_partitions(const OpenDisk& disk);
/// Makes the kernel's partitions these. What is there already stays as it is, so that it may be
/// mounted; one that only grew is resized. Works where the kernel itself cannot read the table.
Result<> set_kernel_partitions(const OpenDisk& disk, const std::vector<KernelPartition>& wanted);

Result<> write_at(const OpenDisk& disk, const void* bytes, std::size_t size, std::uint64_t offset);
/// Flushes the device's own cache.
Result<> flush(const OpenDisk& disk);

}  // namespace kgnode::sys
