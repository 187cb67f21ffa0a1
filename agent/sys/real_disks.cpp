/// Disks of the kernel: its parts are disks_sysfs, disks_users, disks_probe for looking, and
/// disk_access, disks_table, disks_wipe for writing.
#include "agent/sys/real_disks.hpp"

#include <algorithm>
#include <cstddef>
#include <format>
#include <span>

#include "agent/sys/disk_marker.hpp"
#include "agent/sys/disks_probe.hpp"
#include "agent/sys/disks_table.hpp"
#include "agent/sys/disks_users.hpp"
#include "agent/sys/disks_wipe.hpp"
#include "agent/sys/mounted_xfs.hpp"

namespace kgnode::sys {
namespace {

void name_partitions(std::vector<KnownDevice>& devices, const std::string& disk,
                     const std::vector<TableEntry>& entries) {
  for (auto& device : devices) {
    auto& block = device.block;
    if (block.disk != disk) continue;
    for (const auto& entry : entries) {
      // The kernel's partitions may be those of an older table.
      if (entry.number != block.partition || entry.start != block.start) continue;
      block.partition_uuid = entry.uuid;
      block.partition_label = entry.label;
      block.partition_type = entry.type;
    }
  }
}

void correct_size(KnownDevice& device) {
  if (device.mounted_here.empty()) return;
  for (auto& signature : device.block.signatures) {
    if (signature.type != "xfs") continue;
    const auto size = read_mounted_xfs_size(device.mounted_here, device.number);
    signature.size = size.value_or(signature.size);
  }
}

/// A few at a time, so that one disk is waited for while others work.
void look_at(std::vector<KnownDevice>& devices) {
  constexpr std::size_t kAtOnce = 8;
  auto memory = make_probe_memory();
  for (std::size_t start = 0; start < devices.size(); start += kAtOnce) {
    const auto group = std::span(devices).subspan(start, std::min(kAtOnce, devices.size() - start));
    std::vector<Look> looks;
    for (const auto& device : group) looks.push_back(begin_look(device));
    for (std::size_t i = 0; i < group.size(); ++i) {
      const auto entries = finish_look(group[i], std::move(looks[i]), memory);
      correct_size(group[i]);
      name_partitions(devices, group[i].block.name, entries);
    }
  }
}

}  // namespace

Result<std::vector<BlockDevice>> RealDisks::list() {
  auto devices = TRY(list_block_devices(sources_));
  TRY(find_users(sources_, devices));
  look_at(devices);
  std::vector<BlockDevice> blocks;
  blocks.reserve(devices.size());
  listed_.clear();
  for (const auto& device : devices) listed_[device.block.path] = device.sequence;
  for (auto& device : devices) blocks.push_back(std::move(device.block));
  return blocks;
}

Result<std::optional<Space>> RealDisks::space(const std::string& mount_point) {
  return read_space(sources_, mount_point);
}

/// Between a look and a write a disk can be detached and another be attached under its name.
Result<OpenDisk> RealDisks::open(const std::string& path, Access access) const {
  auto disk = TRY(open_disk(sources_, path, access));
  const auto listed = listed_.find(path);
  if (listed != listed_.end() && listed->second != disk.sequence) {
    return fail(Error::plain(
        std::format("{} is another disk than a moment ago: it must be looked at again", path)));
  }
  return disk;
}

Result<> RealDisks::write_marker(const std::string& path, std::string_view text) {
  const auto marker = TRY(make_disk_marker(text));
  const auto disk = TRY(open(path, Access::exclusive));
  const std::size_t size = std::max<std::size_t>(disk.sector, marker.size());
  if (disk.size < kMarkerOffset + size)
    return fail(Error::plain(path + " is too small for a data disk"));
  // A whole sector, so that the device takes it all or not at all.
  std::vector<std::byte> sector(size);
  std::ranges::copy(marker, sector.begin());
  TRY(write_at(disk, sector.data(), sector.size(), kMarkerOffset));
  return flush(disk);
}

Result<> RealDisks::remove_marker(const std::string& path) {
  const auto disk = TRY(open(path, Access::exclusive));
  const std::vector<std::byte> zeros(std::max<std::size_t>(disk.sector, kMarkerSize));
  TRY(write_at(disk, zeros.data(), zeros.size(), kMarkerOffset));
  return flush(disk);
}

Result<> RealDisks::wipe(const std::string& path) {
  const auto disk = TRY(open(path, Access::exclusive));
  return wipe_disk(disk);
}

Result<> RealDisks::write_table(const std::string& path, const TablePlan& plan) {
  const auto disk = TRY(open(path, Access::exclusive));
  const auto partition = TRY(write_gpt(disk, plan));
  return set_kernel_partitions(disk, {partition});
}

Result<> RealDisks::grow_partition(const std::string& path) {
  const auto disk = TRY(open(path, Access::shared));
  const auto partition = TRY(grow_gpt(disk));
  return set_kernel_partitions(disk, {partition});
}

}  // namespace kgnode::sys
