#pragma once
/// A node with disks in memory, on which the storage domain runs as in the agent.
#include "storage/storage.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_disks.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/fake_units.hpp"
#include "tests/support/manual_timers.hpp"

namespace test {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

inline kgnode::sys::BlockDevice make_disk(std::string name, std::uint64_t gibibytes) {
  return {.name = name,
          .path = "/dev/" + name,
          .size = gibibytes * kGibibyte,
          .sector = 512,
          .model = "QEMU HARDDISK",
          .transport = "scsi",
          .content = kgnode::sys::Content::zeros};
}

inline kgnode::sys::BlockDevice make_partition(const kgnode::sys::BlockDevice& disk,
                                               unsigned number) {
  return {.name = disk.name + std::to_string(number),
          .path = disk.path + std::to_string(number),
          .kind = kgnode::sys::DeviceKind::partition,
          .disk = disk.name,
          .partition = number,
          .start = FakeDisks::kMebibyte,
          .size = kGibibyte,
          .sector = 512};
}

struct StorageNode {
  FakeDisks disks;
  FakeFiles files;
  FakeProcesses processes;
  struct MountingUnits final : kgnode::sys::Units {
    explicit MountingUnits(FakeDisks& block_layer) : disks(block_layer) {}
    FakeDisks& disks;
    kgnode::Task<kgnode::Result<std::string>> state(std::string) override {
      co_return disks.mounted ? "active" : "inactive";
    }
    kgnode::Task<kgnode::Result<>> reload(std::string) override { co_return kgnode::Result<>{}; }
    kgnode::Task<kgnode::Result<>> stop(std::string) override { co_return kgnode::Result<>{}; }
    kgnode::Task<kgnode::Result<>> start(std::string) override { co_return kgnode::Result<>{}; }
    kgnode::Task<kgnode::Result<>> restart(std::string) override {
      const auto uuid = kgnode::storage::make_identity("worker-1").file_system;
      for (auto& device : disks.devices) {
        for (const auto& signature : device.signatures) {
          if (signature.uuid == uuid)
            disks.mounted = {.device = device.name, .total = device.size, .available = device.size};
        }
      }
      if (!disks.mounted)
        co_return kgnode::fail(kgnode::Error::plain("no file system with that UUID"));
      co_return kgnode::Result<>{};
    }
  } units{disks};
  ManualClock clock;
  kgnode::storage::Storage domain{disks, files, processes, units, clock};
  kgnode::storage::Storage::Desired want{.disk = kgnode::config::Disk{}, .node = "worker-1"};

  StorageNode() {
    want.disk->min_size = kgnode::Bytes{10 * kGibibyte};
    processes.answer = [this](const kgnode::sys::Command& command) { return run(command); };
  }

  std::vector<std::string> inputs;  // what cryptsetup was given to read

  kgnode::core::Condition enforce() { return reconcile(domain, want, kgnode::core::Mode::enforce); }

  /// What a power cut leaves: nothing mounted, nothing open.
  void reboot() {
    disks.mounted.reset();
    lock();
  }

 private:
  static constexpr auto kMapped = "/dev/mapper/kgnode-data";
  std::vector<kgnode::sys::Signature> inside_;  // of the encryption, while it is locked

  void lock() {
    for (const auto& device : disks.devices) {
      if (device.path == kMapped) inside_ = device.signatures;
    }
    std::erase_if(disks.devices, [](const auto& device) { return device.path == kMapped; });
    for (auto& device : disks.devices) device.holders.clear();
  }

  kgnode::Result<kgnode::sys::Output> run_cryptsetup(const kgnode::sys::Command& command) {
    constexpr auto kHeader = 16 * FakeDisks::kMebibyte;
    const auto& verb = command.argv.at(1);
    inputs.push_back(command.input);
    if (verb == "luksFormat") {
      const auto uuid = kgnode::storage::make_identity(want.node).container;
      TRY(disks.make_file_system(command.argv.back(), "crypto_LUKS", uuid));
      inside_.clear();
    } else if (verb == "open") {
      auto& partition = disks.at_path(command.argv.at(command.argv.size() - 2));
      partition.holders = {"dm-0"};
      disks.devices.push_back({.name = "dm-0",
                               .path = kMapped,
                               .kind = kgnode::sys::DeviceKind::stacked,
                               .size = partition.size - kHeader,
                               .mapping = "kgnode-data",
                               .signatures = inside_});
    } else if (verb == "close") {
      lock();
    } else if (verb == "resize") {
      for (const auto& device : disks.devices) {
        if (device.holders == std::vector<std::string>{"dm-0"})
          disks.find("dm-0")->size = device.size - kHeader;
      }
    }
    return kgnode::sys::Output{};
  }

  kgnode::Result<kgnode::sys::Output> run(const kgnode::sys::Command& command) {
    const auto& argv = command.argv;
    const auto identity = kgnode::storage::make_identity(want.node);
    if (argv.front() == "/usr/sbin/mkfs.xfs")
      TRY(disks.make_file_system(argv.back(), "xfs", identity.file_system));
    if (argv.front() == "/usr/sbin/mkfs.ext4")
      TRY(disks.make_file_system(argv.back(), "ext4", identity.file_system));
    if (argv.front() == "/usr/sbin/cryptsetup") return run_cryptsetup(command);
    if (argv.front() == "/usr/sbin/xfs_growfs" || argv.front() == "/usr/sbin/resize2fs") {
      auto* partition = disks.find(disks.mounted->device);
      partition->signatures.front().size = partition->size;
    }
    return kgnode::sys::Output{};
  }
};

}  // namespace test
