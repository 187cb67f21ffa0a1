#pragma once
/// Partition tables by libfdisk: that of a data disk, and the names of slots. For agent/sys only.
#include <string>

#include "agent/base/result.hpp"
#include "agent/sys/disk_access.hpp"
#include "agent/sys/disks.hpp"

namespace kgnode::sys {

/// A new GPT with one partition; returns it as it is on the disk.
Result<KernelPartition> write_gpt(const OpenDisk& disk, const TablePlan& plan);

/// Brings the second header to the end of the disk and the only partition before it; mends a header
/// that is broken from the other one. Never shrinks. Returns the partition as it is on the disk.
Result<KernelPartition> grow_gpt(const OpenDisk& disk);

/// Gives a partition of a GPT another UUID and name, and changes nothing else.
Result<> name_partition(const OpenDisk& disk, unsigned number, const std::string& uuid,
                        const std::string& label);

}  // namespace kgnode::sys
