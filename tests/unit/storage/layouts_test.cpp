/// Random machines: whatever is plugged in and however it is called, only the disk that is meant is
/// written to, or none.
#include <algorithm>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/unit/storage/support.hpp"

using namespace kgnode::storage;
using kgnode::core::Phase;
using kgnode::sys::BlockDevice;
using test::make_disk, test::make_partition, test::StorageNode;

namespace {

constexpr std::array kSignatures = {"gpt",         "dos",    "ext4",        "xfs",
                                    "btrfs",       "vfat",   "LVM2_member", "linux_raid_member",
                                    "crypto_LUKS", "bcache", "zfs_member",  "swap",
                                    "iso9660",     "ntfs"};

class Machine {
 public:
  explicit Machine(std::uint32_t seed) : random_(seed) {
    const auto count = pick(1, 6);
    for (unsigned i = 0; i < count; ++i) add_disk(i);
    std::ranges::shuffle(disks_, random_);
    rename();
    for (const auto& disk : disks_) devices.insert(devices.end(), disk.begin(), disk.end());
    if (pick(0, 3) == 0) wanted.min_size = kgnode::Bytes{pick(1, 100) * test::kGibibyte};
    if (pick(0, 3) == 0) wanted.serial = "serial-" + std::to_string(pick(0, count));
    if (pick(0, 3) == 0 || wanted == kgnode::config::Disk{})
      wanted.path = std::string("/dev/sd") + static_cast<char>('a' + pick(0, count));
  }

  std::vector<BlockDevice> devices;
  kgnode::config::Disk wanted;

 private:
  unsigned pick(unsigned low, unsigned high) {
    return std::uniform_int_distribution<unsigned>(low, high)(random_);
  }

  void add_disk(unsigned index) {
    auto disk = make_disk("?", pick(1, 200));
    if (pick(0, 1) == 0) disk.serial = "serial-" + std::to_string(index);
    std::vector<BlockDevice> group{disk};
    switch (pick(0, 5)) {
      case 0:
        break;  // blank
      case 1:
        group.front().signatures = {{.type = kSignatures.at(pick(0, kSignatures.size() - 1))}};
        break;
      case 2: {  // the system's
        auto partition = make_partition(disk, 1);
        partition.mounts = {"/"};
        group.front().signatures = {{.type = "gpt"}};
        group.push_back(partition);
        break;
      }
      case 3:
        group.front().holders = {"dm-0"};
        break;
      case 4:
        group.front().content = kgnode::sys::Content::bytes;  // what wipefs leaves
        break;
      default:
        group.front().marker = pick(0, 1) == 0 ? "node=worker-2 state=ready" : "damaged";
    }
    disks_.push_back(std::move(group));
  }

  /// Names go by the order in which the kernel found them.
  void rename() {
    char letter = 'a';
    for (auto& group : disks_) {
      const std::string name = std::string("sd") + letter++;
      for (auto& device : group) {
        const auto number = device.partition == 0 ? "" : std::to_string(device.partition);
        device.name = name + number;
        device.path = "/dev/" + name + number;
        if (device.partition != 0) device.disk = name;
      }
    }
  }

  std::mt19937 random_;
  std::vector<std::vector<BlockDevice>> disks_;
};

bool is_blank(const BlockDevice& disk) {
  return disk.content == kgnode::sys::Content::zeros && disk.signatures.empty() &&
         disk.marker.empty() && disk.holders.empty();
}

}  // namespace

TEST_CASE("storage layouts: no disk is written to that is not blank and the only one meant",
          "[storage]") {
  int prepared = 0;
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    const Machine machine(seed);
    StorageNode node;
    node.disks.devices = machine.devices;
    node.want.disk = machine.wanted;
    const auto report = node.enforce();
    CAPTURE(seed, report.error);
    if (report.phase == Phase::applied) {
      ++prepared;
      REQUIRE(node.disks.writes.size() == 1);
      const auto& name = node.disks.writes.begin()->first;
      const auto before = std::ranges::find(machine.devices, name, &BlockDevice::name);
      CHECK(is_blank(*before));
    } else {
      CHECK(node.disks.writes.empty());
      for (const auto& device : machine.devices) {
        if (device.disk.empty()) CHECK(report.error.contains(device.name + " ("));
      }
    }
  }
  CHECK(prepared > 200);
  CHECK(prepared < 1800);
}
