/// Disks as they are listed: signatures by the tools that make them, whatever the tools call them.
#include <sys/stat.h>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/disk_marker.hpp"
#include "tests/support/loop_disk.hpp"

using namespace kgnode;
using sys::Content;
using test::LoopDisk, test::list_disk, test::must_run, test::run_command;

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kSize = 320 * kMebibyte;  // the least XFS takes

using Found = std::pair<std::uint64_t, std::string>;  // offset, type

std::set<Found> found_on(const sys::BlockDevice& device) {
  std::set<Found> found;
  for (const auto& signature : device.signatures) found.emplace(signature.offset, signature.type);
  return found;
}

/// The same question to another program.
std::set<Found> wipefs_finds(const LoopDisk& disk) {
  std::set<Found> found;
  const auto text = must_run({"/usr/sbin/wipefs", "--no-act", "--json", disk.path()});
  if (trim(text).empty()) return found;
  const auto parsed = boost::json::parse(text);
  for (const auto& one : parsed.at("signatures").as_array()) {
    const auto& offset = one.at("offset").as_string();
    found.emplace(*parse_int<std::uint64_t>(std::string_view(offset).substr(2), 16),
                  std::string(one.at("type").as_string()));
  }
  return found;
}

struct Maker {
  std::string name;
  std::vector<std::string> argv;  // DISK is the device
  std::set<Found> expected;       // among others
};

std::vector<std::string> for_disk(std::vector<std::string> argv, const LoopDisk& disk) {
  for (auto& word : argv) {
    for (auto at = word.find("DISK"); at != std::string::npos; at = word.find("DISK"))
      word.replace(at, 4, disk.path());
  }
  return argv;
}

std::vector<std::string> shell(const std::string& text) { return {"/bin/bash", "-ec", text}; }

constexpr std::string_view kLuks =
    "echo -n secret | cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations "
    "1000 ";

std::vector<Maker> makers() {
  return {
      {"xfs", {"/usr/sbin/mkfs.xfs", "-q", "DISK"}, {{0, "xfs"}}},
      {"ext4", {"/usr/sbin/mkfs.ext4", "-q", "-F", "DISK"}, {{0x438, "ext4"}}},
      {"vfat", {"/usr/sbin/mkfs.vfat", "-I", "DISK"}, {{0x36, "vfat"}, {0x1fe, "vfat"}}},
      {"btrfs", {"/usr/sbin/mkfs.btrfs", "-q", "DISK"}, {{0x10040, "btrfs"}}},
      {"swap", {"/usr/sbin/mkswap", "-q", "DISK"}, {{0xff6, "swap"}}},
      {"dos", shell("printf 'label: dos\n,,L\n' | sfdisk -q DISK || true"), {{0x1fe, "dos"}}},
      {"gpt",
       shell("printf 'label: gpt\n,,L\n' | sfdisk -q DISK || true"),
       {{0x200, "gpt"}, {kSize - 512, "gpt"}, {0x1fe, "PMBR"}}},
      {"gpt of which the backup is left",
       shell("printf 'label: gpt\n,,L\n' | sfdisk -q DISK || true; "
             "dd if=/dev/zero of=DISK bs=1M count=1 conv=fsync status=none"),
       {{kSize - 512, "gpt"}}},
      {"iso9660",
       shell("f=$(mktemp); xorriso -as mkisofs -quiet -V config-2 -o $f " TEST_DATA
             "/firstboot/ovh-bgpovs; "
             "dd if=$f of=DISK conv=fsync status=none; rm $f"),
       {{0x8001, "iso9660"}}},
      {"LVM",
       shell("pvcreate -q -y --config 'global{use_lvmlockd=0} devices{use_devicesfile=0 "
             "scan_lvs=1} activation{udev_sync=0 udev_rules=0}' DISK"),
       {{0x218, "LVM2_member"}}},
      {"LUKS2",
       shell(std::string(kLuks) + "--type luks2 DISK -"),
       {{0, "crypto_LUKS"}, {0x4000, "crypto_LUKS"}}},
      {"LUKS1", shell(std::string(kLuks) + "--type luks1 DISK -"), {{0, "crypto_LUKS"}}},
  };
}

std::string little_endian(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A number of a ZFS label: XDR, so big endian; size, decoded size, name, type, count, value.
std::string zfs_pair(const std::string& name, std::uint64_t value) {
  const auto big_endian = [](std::uint64_t number, std::size_t size) {
    auto bytes = little_endian(number, size);
    std::ranges::reverse(bytes);
    return bytes;
  };
  const auto padded = name + std::string((4 - name.size() % 4) % 4, '\0');
  const auto size = big_endian(28 + padded.size(), 4);
  return size + size + big_endian(name.size(), 4) + padded + big_endian(8, 4) + big_endian(1, 4) +
         big_endian(value, 8);
}

/// Writes since boot, from the kernel's statistics.
std::uint64_t writes_of(const LoopDisk& disk) {
  std::ifstream file("/sys/class/block/" + disk.name() + "/stat");
  std::uint64_t value = 0;
  for (int i = 0; i < 5; ++i) file >> value;
  return value;
}

void check_signatures(const LoopDisk& disk, const std::set<Found>& expected) {
  const auto hash = disk.hash();
  const auto writes = writes_of(disk);
  const auto listed = list_disk(disk.name());
  CHECK(listed.unreadable.empty());
  CHECK(listed.content == Content::bytes);
  for (const auto& one : expected) {
    INFO(one.second << " at " << one.first);
    CHECK(found_on(listed).contains(one));
  }
  CHECK(found_on(listed) == wipefs_finds(disk));
  CHECK(writes_of(disk) == writes);
  CHECK(disk.hash() == hash);
}

/// Its last words say why.
void skip_tool(const std::string& name, const std::string& err) {
  const auto text = trim(err);
  SKIP(name << " cannot do it on this kernel: " << text.substr(text.rfind('\n') + 1));
}

}  // namespace

TEST_CASE("a disk of zeros is listed as one, with what the kernel knows of it") {
  const LoopDisk disk(kSize);
  const LoopDisk large_sectors(kSize, 4096);
  const auto hash = disk.hash();
  const auto listed = list_disk(disk.name());
  CHECK(listed.path == disk.path());
  CHECK(listed.kind == sys::DeviceKind::loop);
  CHECK(listed.size == kSize);
  CHECK(listed.sector == 512);
  CHECK(listed.content == Content::zeros);
  CHECK(listed.signatures.empty());
  CHECK(listed.mounts.empty());
  CHECK(listed.marker.empty());
  CHECK(listed.unreadable.empty());
  CHECK(list_disk(large_sectors.name()).sector == 4096);
  CHECK(list_disk(large_sectors.name()).content == Content::zeros);
  CHECK(disk.hash() == hash);
}

TEST_CASE("one byte at either end makes a disk one that is not blank") {
  for (const auto offset :
       {std::uint64_t{0}, 700 * std::uint64_t{1024}, kMebibyte - 1, kSize - kMebibyte, kSize - 1}) {
    const LoopDisk disk(kSize);
    disk.put(offset, "x");
    INFO(offset);
    CHECK(list_disk(disk.name()).content == Content::bytes);
  }
}

TEST_CASE("every signature is seen as its own tool wrote it, where wipefs sees it") {
  const auto maker = GENERATE(from_range(makers()));
  DYNAMIC_SECTION(maker.name) {
    const LoopDisk disk(kSize);
    const auto made = run_command(for_disk(maker.argv, disk));
    if (made.status != 0) skip_tool(maker.name, made.err);
    check_signatures(disk, maker.expected);
  }
}

TEST_CASE("a part of a RAID is seen as mdadm made it") {
  const LoopDisk disk(kSize);
  const auto made = run_command(for_disk(
      shell("mdadm --create /dev/md127 --run --force --level=1 --raid-devices=1 DISK"), disk));
  if (made.status != 0) skip_tool("mdadm", made.err);
  const auto listed = list_disk(disk.name());
  must_run({"/usr/sbin/mdadm", "--stop", "/dev/md127"});
  CHECK(listed.holders == std::vector<std::string>{"md127"});
  check_signatures(disk, {{0x1000, "linux_raid_member"}});
}

TEST_CASE("headers that no tool can write here are seen: mdraid, bcache, ZFS") {
  const LoopDisk disk(kSize);
  std::set<Found> expected;
  SECTION("mdraid 1.2") {
    std::string header(256, '\0');
    header.replace(0, 8, little_endian(0xa92b4efc, 4) + little_endian(1, 4));
    header.replace(144, 8, little_endian(8, 8));  // in sectors, where it is itself
    disk.put(4096, header);
    expected = {{4096, "linux_raid_member"}};
  }
  SECTION("bcache") {
    disk.put(4096 + 8, little_endian(8, 8));
    disk.put(4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81");
    expected = {{4096 + 24, "bcache"}};
  }
  SECTION("ZFS") {
    disk.put(16 * std::uint64_t{1024}, std::string("\1\1", 2) + std::string(10, '\0') +
                                           zfs_pair("guid", 4711) + zfs_pair("state", 0) +
                                           zfs_pair("txg", 4));
    expected = {{16 * std::uint64_t{1024}, "zfs_member"}};
  }
  check_signatures(disk, expected);
}

TEST_CASE("what wipefs leaves is no signature, and not blank either") {
  const LoopDisk disk(kSize);
  must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk.path()});
  must_run({"/usr/sbin/wipefs", "-q", "--all", disk.path()});
  const auto listed = list_disk(disk.name());
  CHECK(listed.signatures.empty());
  CHECK(listed.content == Content::bytes);
}

TEST_CASE("a GPT header with a wrong checksum is still one") {
  const LoopDisk disk(kSize);
  run_command(shell("printf 'label: gpt\n,,L\n' | sfdisk -q " + disk.path()));
  disk.put(512 + 56, "damaged");
  disk.put(kSize - 512 + 56, "damaged");
  CHECK(found_on(list_disk(disk.name())).contains({512, "gpt"}));
  CHECK(found_on(list_disk(disk.name())).contains({kSize - 512, "gpt"}));
}

TEST_CASE("a disk that cannot be read to its end says where") {
  const LoopDisk disk(kSize);
  std::filesystem::resize_file(disk.image(), kSize / 2);  // the device stays as long as it was
  const auto listed = list_disk(disk.name());
  CHECK_THAT(listed.unreadable, Catch::Matchers::ContainsSubstring("Input/output error") &&
                                    Catch::Matchers::ContainsSubstring("at byte"));
  CHECK(listed.content == Content::unknown);
}

TEST_CASE("a marker is seen, and its sector does not make the disk one with bytes") {
  sys::RealDisks disks;
  const auto sector = GENERATE(512U, 4096U);
  const LoopDisk disk(kSize, sector);
  REQUIRE(disks.write_marker(disk.path(), "node=cp-1 state=preparing"));
  auto listed = list_disk(disk.name());
  CHECK(listed.marker == "node=cp-1 state=preparing");
  CHECK(listed.content == Content::zeros);
  CHECK(listed.signatures.empty());
  REQUIRE(disks.write_marker(disk.path(), "node=cp-1 state=ready"));
  CHECK(list_disk(disk.name()).marker == "node=cp-1 state=ready");
  disk.put(sys::Disks::kMarkerOffset + 20, "X");
  CHECK(list_disk(disk.name()).marker == sys::Disks::kMarkerDamaged);
  CHECK_FALSE(disks.write_marker(disk.path(), "two\nlines"));
}

TEST_CASE("a device is found by its number, whatever its file is called") {
  const LoopDisk disk(kSize);
  const test::TempDir dev;
  struct stat status{};
  REQUIRE(::stat(disk.path().c_str(), &status) == 0);
  REQUIRE(::mknod((dev / "sdb").c_str(), S_IFBLK | 0600, status.st_rdev) == 0);
  std::filesystem::create_directories(dev / "disk/by-id");
  std::filesystem::create_symlink("../../sdb", dev / "disk/by-id/scsi-0QEMU_HARDDISK_data");
  sys::RealDisks disks({.dev = dev.path()});
  REQUIRE(disks.write_marker(dev / "sdb", "node=cp-1"));
  const auto listed = list_disk(disk.name(), {.dev = dev.path()});
  CHECK(listed.path == dev / "sdb");
  CHECK(listed.by_id == std::vector<std::string>{"scsi-0QEMU_HARDDISK_data"});
  CHECK(listed.marker == "node=cp-1");
  // What has no file here is known all the same, and not judged.
  const LoopDisk other(kSize);
  const auto hidden = list_disk(other.name(), {.dev = dev.path()});
  CHECK(hidden.path.empty());
  CHECK_THAT(hidden.unreadable, Catch::Matchers::ContainsSubstring("no device file"));
}
