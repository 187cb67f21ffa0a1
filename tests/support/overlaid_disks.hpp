#pragma once
/// Real disks under names and identities of a machine that is made up: all else is the kernel's.
/// Only what was plugged in has a device file, so that nothing else can be written to.
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "tests/support/loop_disk.hpp"

namespace test {

/// What a loop device has none of.
struct Identification {
  std::string name;  // as the kernel of that machine calls it
  bool is_loop = false;
  std::string model;
  std::string serial;
  std::string transport;
  std::vector<std::string> by_id;
  std::vector<std::string> by_path;
};

class OverlaidDisks final : public kgnode::sys::Disks {
 public:
  template <class T>
  using Result = kgnode::Result<T>;
  using BlockDevice = kgnode::sys::BlockDevice;

  /// `disk`: the name of a loop device.
  void plug(const std::string& disk, Identification shown) { plugged_[disk] = std::move(shown); }
  void unplug_all() { plugged_.clear(); }
  std::string path_of(const std::string& name) const { return dev_ / name; }

  Result<std::vector<BlockDevice>> list() override {
    make_files();
    auto all = TRY(real_.list());
    std::vector<BlockDevice> shown;
    for (auto& device : all) {
      const auto disk = device.disk.empty() ? device.name : device.disk;
      const auto found = plugged_.find(disk);
      if (found != plugged_.end()) shown.push_back(show(std::move(device), found->second));
    }
    std::ranges::sort(shown, {}, &BlockDevice::name);
    return shown;
  }
  Result<std::optional<kgnode::sys::Space>> space(const std::string& mount_point) override {
    auto space = TRY(real_.space(mount_point));
    for (const auto& [disk, shown] : plugged_) {
      if (space && space->device.starts_with(disk + "p"))
        space->device = name_part(shown.name, space->device.substr(disk.size() + 1));
    }
    return space;
  }
  kgnode::Result<> write_marker(const std::string& path, std::string_view text) override {
    return real_.write_marker(path, text);
  }
  kgnode::Result<> remove_marker(const std::string& path) override {
    return real_.remove_marker(path);
  }
  kgnode::Result<> wipe(const std::string& path) override { return real_.wipe(path); }
  kgnode::Result<> write_table(const std::string& path,
                               const kgnode::sys::TablePlan& plan) override {
    return real_.write_table(path, plan);
  }
  kgnode::Result<> grow_partition(const std::string& path) override {
    return real_.grow_partition(path);
  }

 private:
  static std::string name_part(const std::string& disk, const std::string& number) {
    const bool ends_in_digit = disk.back() >= '0' && disk.back() <= '9';
    return disk + (ends_in_digit ? "p" : "") + number;
  }

  static BlockDevice show(BlockDevice device, const Identification& shown) {
    if (device.partition != 0) {
      device.name = name_part(shown.name, std::to_string(device.partition));
      device.disk = shown.name;
      return device;
    }
    device.name = shown.name;
    if (!shown.is_loop) device.kind = kgnode::sys::DeviceKind::disk;
    device.model = shown.model;
    device.serial = shown.serial;
    device.transport = shown.transport;
    device.by_id = shown.by_id;
    device.by_path = shown.by_path;
    return device;
  }

  /// As devtmpfs does: a partition's file is there with the partition.
  void make_files() {
    namespace fs = std::filesystem;
    for (const auto& file : fs::directory_iterator(dev_.path())) fs::remove(file);
    for (const auto& [disk, shown] : plugged_) {
      copy_file("/dev/" + disk, shown.name);
      for (const auto& entry : fs::directory_iterator("/sys/class/block/" + disk)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(disk + "p"))
          copy_file("/dev/" + name, name_part(shown.name, name.substr(disk.size() + 1)));
      }
    }
  }
  void copy_file(const std::string& from, const std::string& name) const {
    struct stat status{};
    REQUIRE(::stat(from.c_str(), &status) == 0);
    REQUIRE(::mknod((dev_ / name).c_str(), S_IFBLK | 0600, status.st_rdev) == 0);
  }

  TempDir dev_;
  kgnode::sys::RealDisks real_{kgnode::sys::DiskSources{.dev = dev_.path()}};
  std::map<std::string, Identification> plugged_;  // by the name of the loop device
};

}  // namespace test
