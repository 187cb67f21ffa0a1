#pragma once
/// A block layer in memory: devices, a log of writes, and the power that fails before the Nth
/// write.
#include <map>
#include <string>
#include <vector>

#include "agent/sys/disks.hpp"

namespace test {

struct FakeDisks final : kgnode::sys::Disks {
  using BlockDevice = kgnode::sys::BlockDevice;
  static constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

  std::vector<BlockDevice> devices;
  std::optional<kgnode::sys::Space> mounted;
  std::map<std::string, int> writes;  // by name of the disk
  int power = -1;                     // writes until it fails; -1: never

  BlockDevice* find(const std::string& name) {
    for (auto& device : devices) {
      if (device.name == name) return &device;
    }
    return nullptr;
  }
  /// By whoever writes to a disk or to one of its partitions. Without power nothing happens any
  /// more.
  kgnode::Result<> count_write(const BlockDevice& device) {
    if (power == 0) return kgnode::fail(kgnode::Error::plain("no power"));
    if (power > 0) --power;
    ++writes[device.disk.empty() ? device.name : device.disk];
    return {};
  }
  BlockDevice& at_path(const std::string& path) {
    for (auto& device : devices) {
      if (device.path == path) return device;
    }
    throw std::runtime_error("no device file " + path);
  }

  kgnode::Result<std::vector<BlockDevice>> list() override { return devices; }
  kgnode::Result<std::optional<kgnode::sys::Space>> space(const std::string&) override {
    return mounted;
  }
  /// As the kernel: a disk of which something else is made is opened by nobody else.
  kgnode::Result<> open_exclusively(const BlockDevice& disk) {
    for (const auto& device : devices) {
      if (device.disk == disk.name && !device.holders.empty())
        return kgnode::fail(kgnode::Error::plain(disk.path + " is in use"));
    }
    return {};
  }
  kgnode::Result<> write_marker(const std::string& path, std::string_view text) override {
    auto& disk = at_path(path);
    TRY(open_exclusively(disk));
    TRY(count_write(disk));
    disk.marker = text;
    return {};
  }
  kgnode::Result<> remove_marker(const std::string& path) override {
    auto& disk = at_path(path);
    TRY(count_write(disk));
    disk.marker.clear();
    return {};
  }
  kgnode::Result<> wipe(const std::string& path) override {
    TRY(open_exclusively(at_path(path)));
    const std::string name = at_path(path).name;
    while (true) {
      // One signature after the other, those of the partitions first.
      BlockDevice* next = nullptr;
      for (auto& device : devices) {
        if ((device.disk == name || device.name == name) && !device.signatures.empty() &&
            (next == nullptr || !device.disk.empty()))
          next = &device;
      }
      if (next == nullptr) break;
      TRY(count_write(*next));
      next->signatures.pop_back();
    }
    std::erase_if(devices, [&name](const BlockDevice& device) { return device.disk == name; });
    return {};
  }
  kgnode::Result<> write_table(const std::string& path,
                               const kgnode::sys::TablePlan& plan) override {
    const BlockDevice disk = at_path(path);
    TRY(open_exclusively(disk));
    TRY(count_write(disk));
    at_path(path).signatures = {{.type = "gpt"}};  // the second header
    TRY(count_write(disk));
    std::erase_if(devices, [&disk](const BlockDevice& one) { return one.disk == disk.name; });
    devices.push_back({.name = disk.name + "1",
                       .path = disk.path + "1",
                       .kind = kgnode::sys::DeviceKind::partition,
                       .disk = disk.name,
                       .partition = 1,
                       .start = kMebibyte,
                       .size = end_of(disk) - kMebibyte,
                       .sector = disk.sector,
                       .partition_uuid = plan.partition_uuid,
                       .partition_label = plan.partition_label});
    return {};
  }
  kgnode::Result<> grow_partition(const std::string& path) override {
    const BlockDevice disk = at_path(path);
    TRY(count_write(disk));
    find(disk.name + "1")->size = end_of(disk) - kMebibyte;
    return {};
  }
  kgnode::Result<> make_file_system(const std::string& path, const std::string& type,
                                    const std::string& uuid) {
    auto& partition = at_path(path);
    TRY(count_write(partition));
    partition.signatures.clear();
    TRY(count_write(partition));
    partition.signatures = {
        {.type = type, .label = "kgnode-data", .uuid = uuid, .size = partition.size}};
    return {};
  }
  static std::uint64_t end_of(const BlockDevice& disk) {
    return (disk.size - kMebibyte) / kMebibyte * kMebibyte;
  }
};

}  // namespace test
