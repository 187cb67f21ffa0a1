/// Disks as they are listed: signatures by the tools that make them, whatever the tools call them.
#include <sys/stat.h>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/disk_marker.hpp"
#include "tests/support/disk_contents.hpp"

using namespace kgnode;
using sys::Content;
using test::Found, test::for_disk, test::shell, test::writes_of;
using test::LoopDisk, test::list_disk, test::must_run, test::run_command;

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kSize = 320 * kMebibyte;  // the least XFS takes

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
  const auto maker = GENERATE(from_range(test::makers(kSize)));
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
  const auto header = GENERATE(from_range(test::headers()));
  DYNAMIC_SECTION(header.type) {
    const LoopDisk disk(kSize);
    test::put_header(disk, header);
    check_signatures(disk, {{header.offset, header.type}});
  }
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
