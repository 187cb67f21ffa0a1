/// Identity from folders as sysfs, /dev and /proc have them; a device file holds its number here.
#include "agent/sys/disks_sysfs.hpp"

#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/sys/disks_users.hpp"
#include "agent/sys/real_disks.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using sys::BlockDevice, sys::DeviceKind;

namespace {

std::optional<dev_t> number_in(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const auto number = sys::parse_device_number(text.str());
  return number == 0 ? std::nullopt : std::optional(number);
}

using Attributes = std::map<std::string, std::string>;

class Machine {
 public:
  Machine() {
    put("proc/1/mountinfo", "21 1 0:30 / / rw - tmpfs tmpfs rw\n");
    put("dev/null", "");
    std::filesystem::create_directories(folder_ / "sys/class/block");
  }

  void put(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
  }
  /// `place`: below /sys/devices, the last part is the kernel's name.
  void add(const std::string& place, const std::string& number, const Attributes& attributes) {
    const auto name = place.substr(place.rfind('/') + 1);
    put("sys/devices/" + place + "/dev", number + "\n");
    put("sys/devices/" + place + "/size", "2097152\n");
    for (const auto& [key, value] : attributes)
      put(std::format("sys/devices/{}/{}", place, key), value);
    std::filesystem::create_symlink("../../devices/" + place,
                                    folder_ / ("sys/class/block/" + name));
    put("dev/" + name, number);
  }
  void link(const std::string& name, const std::string& device) {
    const auto path = folder_ / ("dev/disk/" + name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::filesystem::create_symlink(folder_ / ("dev/" + device), path);
  }
  void udev(dev_t number, const Attributes& properties) { udev_[number] = properties; }

  sys::DiskSources sources() {
    return {.sys = folder_ / "sys",
            .dev = folder_ / "dev",
            .proc = folder_ / "proc",
            .number_of = number_in,
            .udev = [this](dev_t number) { return udev_[number]; }};
  }
  std::map<std::string, BlockDevice> devices() {
    std::map<std::string, BlockDevice> found;
    auto listed = sys::list_block_devices(sources());
    REQUIRE(listed);
    for (auto& device : *listed) found[device.block.name] = std::move(device.block);
    return found;
  }
  const test::TempDir& folder() const { return folder_; }

 private:
  test::TempDir folder_;
  std::map<dev_t, Attributes> udev_;
};

const std::string kVolume = "8f7c1f4e-5b0a-4c7e-9";  // virtio cuts a volume's UUID to 20 characters
const std::string kVirtio = "pci0000:00/0000:00:05.0/virtio2/block/vdb";
const std::string kScsi = "pci0000:00/0000:00:04.0/virtio1/host2/target2:0:0/2:0:0:";
const Attributes kQemu = {{"device/model", "QEMU HARDDISK   \n"},
                          {"queue/rotational", "1\n"},
                          {"queue/logical_block_size", "512\n"}};

}  // namespace

TEST_CASE("disks: a virtio disk has a serial and nothing else", "[sys][disks]") {
  Machine machine;
  machine.add(kVirtio, "252:16",
              {{"serial", kVolume}, {"queue/logical_block_size", "512\n"}, {"ro", "0\n"}});
  machine.add(kVirtio + "/vdb1", "252:17", {{"partition", "1\n"}, {"start", "2048\n"}});
  machine.link("by-id/virtio-" + kVolume, "vdb");
  machine.link("by-path/pci-0000:00:05.0", "vdb");
  auto devices = machine.devices();
  const auto& disk = devices["vdb"];
  CHECK(disk.kind == DeviceKind::disk);
  CHECK(disk.path == machine.folder() / "dev/vdb");
  CHECK(disk.size == std::uint64_t{1} << 30);
  CHECK(disk.sector == 512);
  CHECK(disk.serial == kVolume);
  CHECK(disk.model.empty());
  CHECK(disk.transport == "virtio");
  CHECK_FALSE(disk.rotational);
  CHECK(disk.by_id == std::vector{"virtio-" + kVolume});
  CHECK(disk.by_path == std::vector<std::string>{"pci-0000:00:05.0"});
  const auto& partition = devices["vdb1"];
  CHECK(partition.kind == DeviceKind::partition);
  CHECK(partition.disk == "vdb");
  CHECK(partition.partition == 1);
  CHECK(partition.start == std::uint64_t{1} << 20);
  CHECK(partition.sector == 512);
}

TEST_CASE("disks: two with one model and no serial differ by their path only", "[sys][disks]") {
  Machine machine;
  machine.add(kScsi + "0/block/sda", "8:0", kQemu);
  machine.add(kScsi + "1/block/sdb", "8:16", kQemu);
  machine.link("by-path/pci-0000:00:04.0-scsi-0:0:0:0", "sda");
  machine.link("by-path/pci-0000:00:04.0-scsi-0:0:0:1", "sdb");
  auto devices = machine.devices();
  for (const auto* name : {"sda", "sdb"}) {
    CHECK(devices[name].model == "QEMU HARDDISK");
    CHECK(devices[name].serial.empty());
    CHECK(devices[name].transport == "scsi");
    CHECK(devices[name].rotational);
  }
  CHECK(devices["sda"].by_path != devices["sdb"].by_path);
}

TEST_CASE("disks: the identity moves with the disk when names are shuffled", "[sys][disks]") {
  for (const bool rescue : {false, true}) {
    Machine machine;
    auto volume = kQemu;
    volume["device/vpd_pg80"] = std::string("\0\x80\0\x14", 4) + kVolume;
    machine.add(kScsi + "0/block/" + (rescue ? "sdb" : "sda"), rescue ? "8:16" : "8:0", kQemu);
    machine.add(kScsi + "1/block/" + (rescue ? "sda" : "sdb"), rescue ? "8:0" : "8:16", volume);
    auto devices = machine.devices();
    CHECK(devices[rescue ? "sda" : "sdb"].serial == kVolume);
    CHECK(devices[rescue ? "sdb" : "sda"].serial.empty());
  }
}

TEST_CASE("disks: NVMe, SATA and USB tell themselves apart", "[sys][disks]") {
  Machine machine;
  machine.add("pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1", "259:0",
              {{"device/model", "SAMSUNG MZQL21T9HCJR-00A07  \n"},
               {"device/serial", "S64GNE0R123456   \n"},
               {"wwid", "eui.36344730521234560025384500000001\n"}});
  machine.add("pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda", "8:0",
              {{"device/model", "ST4000NM0035\n"},
               {"device/wwid", "naa.5000c500a1b2c3d4\n"},
               {"device/vpd_pg80", std::string("\0\x80\0\x0c", 4) + "    ZC1ABCDE"}});
  machine.add("pci0000:00/0000:00:14.0/usb1/1-2/host3/target3:0:0/3:0:0:0/block/sdb", "8:16",
              {{"removable", "1\n"}, {"device/wwid", "t10.SanDisk Cruzer\n"}});
  machine.udev(::makedev(8, 16), {{"ID_SERIAL_SHORT", "4C53"}, {"ID_WWN", "0x1"}});
  auto devices = machine.devices();
  CHECK(devices["nvme0n1"].transport == "nvme");
  CHECK(devices["nvme0n1"].model == "SAMSUNG MZQL21T9HCJR-00A07");
  CHECK(devices["nvme0n1"].serial == "S64GNE0R123456");
  CHECK(devices["nvme0n1"].wwn == "eui.36344730521234560025384500000001");
  CHECK(devices["sda"].transport == "sata");
  CHECK(devices["sda"].serial == "ZC1ABCDE");
  CHECK(devices["sda"].wwn == "0x5000c500a1b2c3d4");
  CHECK(devices["sdb"].transport == "usb");
  CHECK(devices["sdb"].removable);
  CHECK(devices["sdb"].serial == "4C53");
  CHECK(devices["sdb"].wwn == "0x1");
}

TEST_CASE("disks: a hostile label of the hardware cannot steer a terminal", "[sys][disks]") {
  Machine machine;
  machine.add(kVirtio, "252:16", {{"serial", "\x1b[2J"}});
  CHECK(machine.devices()["vdb"].serial == "\\x1b[2J");
}

TEST_CASE("disks: kinds that are no disks, and a loop device without a file", "[sys][disks]") {
  Machine machine;
  machine.add("virtual/block/loop0", "7:0", {});
  machine.add("virtual/block/loop1", "7:1", {{"loop/backing_file", "/disk.img\n"}});
  machine.add("virtual/block/dm-0", "253:0", {{"holders/dm-1", ""}});
  machine.add("virtual/block/md127", "9:127", {});
  machine.add("virtual/block/zram0", "254:0", {});
  machine.add("virtual/block/nbd0", "43:0", {});
  machine.add("pci0/ata2/host1/target1:0:0/1:0:0:0/block/sr0", "11:0", {});
  machine.add("pci0/nvme/nvme1/nvme1c1n1", "0:0", {});
  auto devices = machine.devices();
  CHECK_FALSE(devices.contains("loop0"));
  CHECK_FALSE(devices.contains("nvme1c1n1"));
  CHECK(devices["loop1"].kind == DeviceKind::loop);
  CHECK(devices["dm-0"].kind == DeviceKind::stacked);
  CHECK(devices["dm-0"].holders == std::vector<std::string>{"dm-1"});
  CHECK(devices["md127"].kind == DeviceKind::stacked);
  CHECK(devices["zram0"].kind == DeviceKind::memory);
  CHECK(devices["nbd0"].kind == DeviceKind::network);
  CHECK(devices["sr0"].kind == DeviceKind::optical);
}

TEST_CASE("disks: mounts and swap are found by number, in every process", "[sys][disks]") {
  Machine machine;
  machine.add(kScsi + "0/block/sda", "8:0", kQemu);
  machine.add(kScsi + "0/block/sda/sda1", "8:1", {{"partition", "1\n"}});
  machine.add(kScsi + "1/block/sdb", "8:16", kQemu);
  machine.add(kScsi + "2/block/sdc", "8:32", kQemu);
  machine.put("proc/1/mountinfo", "21 1 8:1 / / rw - ext4 /dev/root rw\n");
  machine.put("proc/77/mountinfo",
              "30 1 8:1 / / rw - ext4 /dev/root rw\n"
              "31 30 0:40 / /data\\040here rw - btrfs " +
                  machine.folder().path() + "/dev/sdb rw\n");
  machine.put("proc/swaps", "Filename Type Size Used Priority\n/renamed/sdc partition 1 0 -2\n");
  auto known = *sys::list_block_devices(machine.sources());
  REQUIRE(sys::find_users(machine.sources(), known));
  std::map<std::string, BlockDevice> devices;
  for (const auto& one : known) devices[one.block.name] = one.block;
  CHECK(devices["sda"].mounts.empty());
  CHECK(devices["sda1"].mounts == std::vector<std::string>{"/"});
  CHECK(devices["sdb"].mounts == std::vector<std::string>{"/data here"});
  CHECK(devices["sdc"].swap);
  CHECK_FALSE(devices["sdb"].swap);
}

TEST_CASE("disks: what cannot be told is an error, not a free disk", "[sys][disks]") {
  Machine machine;
  machine.add(kVirtio, "252:16", {});
  sys::RealDisks disks(machine.sources());
  SECTION("swap on a device that nobody knows") {
    machine.put("proc/swaps", "Filename Type Size Used Priority\n/dev/sdz partition 1 0 -2\n");
    CHECK_FALSE(disks.list());
  }
  SECTION("mounts that cannot be read") {
    std::filesystem::remove(machine.folder() / "proc/1/mountinfo");
    std::filesystem::create_directory(machine.folder() / "proc/1/mountinfo");
    CHECK_FALSE(disks.list());
  }
  SECTION("no process at all") {
    std::filesystem::remove_all(machine.folder() / "proc/1");
    CHECK_FALSE(disks.list());
  }
  SECTION("no sysfs") {
    std::filesystem::remove_all(machine.folder() / "sys");
    CHECK_FALSE(disks.list());
  }
  SECTION("a file that is not the device's makes that one unreadable") {
    const auto listed = disks.list();
    REQUIRE(listed);
    REQUIRE(listed->size() == 1);
    CHECK_FALSE(listed->front().unreadable.empty());
    CHECK(listed->front().content == sys::Content::unknown);
  }
}
