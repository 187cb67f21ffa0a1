/// What is written to a disk: read by other programs, and cut short after each write.
#include <sys/mount.h>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "tests/support/loop_disk.hpp"

using namespace kgnode;
using sys::Content;
using test::LoopDisk, test::list_disk, test::must_run, test::run_command;

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kSize = 320 * kMebibyte;
constexpr std::string_view kMarker = "node=cp-1 state=preparing";
const sys::TablePlan kTable{.disk_uuid = "11111111-2222-4333-8444-555555555555",
                            .partition_uuid = "66666666-7777-4888-9999-aaaaaaaaaaaa",
                            .partition_label = "kgnode-data"};

/// The table as sfdisk reads it.
boost::json::object sfdisk_reads(const LoopDisk& disk) {
  return boost::json::parse(must_run({"/usr/sbin/sfdisk", "--json", disk.path()}))
      .at("partitiontable")
      .as_object();
}

/// One partition from 1 MiB to the last whole MiB before the second header.
void check_table(const LoopDisk& disk, std::uint64_t size, unsigned sector = 512) {
  const auto table = sfdisk_reads(disk);
  CHECK(table.at("label").as_string() == "gpt");
  CHECK(to_lower(table.at("id").as_string()) == kTable.disk_uuid);
  const auto& partitions = table.at("partitions").as_array();
  REQUIRE(partitions.size() == 1);
  const auto& only = partitions[0];
  CHECK(only.at("start").to_number<std::uint64_t>() * sector == kMebibyte);
  CHECK(only.at("size").to_number<std::uint64_t>() * sector == size - 2 * kMebibyte);
  CHECK(only.at("type").as_string() == "0FC63DAF-8483-4772-8E79-3D69D8477DE4");
  CHECK(to_lower(only.at("uuid").as_string()) == kTable.partition_uuid);
  CHECK(only.at("name").as_string() == kTable.partition_label);
  CHECK_THAT(must_run({"/usr/sbin/sfdisk", "--verify", disk.path()}),
             Catch::Matchers::ContainsSubstring("No errors detected"));
  const auto listed = list_disk(disk.name() + "p1");
  CHECK(listed.start == kMebibyte);
  CHECK(listed.size == size - 2 * kMebibyte);
  CHECK(listed.partition == 1);
  CHECK(listed.partition_uuid == kTable.partition_uuid);
  CHECK(listed.partition_label == kTable.partition_label);
}

/// Parts of the work as a program of its own, which a test can have killed; see "child".
sys::Output run_child(const std::string& action, const LoopDisk& disk, int killed_at) {
  return run_command({"/usr/bin/env", "KGNODE_TEST_ACTION=" + action,
                      "KGNODE_TEST_DISK=" + disk.path(), "/usr/bin/strace", "-qqq", "-f", "-P",
                      disk.path(), "-e", "trace=write,pwrite64", "-e",
                      std::format("inject=write,pwrite64:signal=KILL:when={}", killed_at), "-o",
                      "/dev/null", std::filesystem::read_symlink("/proc/self/exe"), "child"});
}

/// Kills the work at its first write, then at its second and so on, until it comes through.
template <class Prepare, class Check>
int interrupt(const std::string& action, Prepare prepare, Check check) {
  for (int write = 1;; ++write) {
    REQUIRE(write < 200);
    const LoopDisk disk(kSize);
    prepare(disk);
    const bool through = run_child(action, disk, write).status == 0;
    INFO(action << " killed at write " << write);
    check(disk);
    if (through) return write - 1;
  }
}

}  // namespace

// Hidden: what run_child runs.
TEST_CASE("child", "[.]") {
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  const std::string action = std::getenv("KGNODE_TEST_ACTION");
  const std::string disk = std::getenv("KGNODE_TEST_DISK");
  // NOLINTEND(concurrency-mt-unsafe)
  sys::RealDisks disks;
  Result<> done = fail(Error::plain(action));
  if (action == "marker") done = disks.write_marker(disk, "node=cp-1 state=ready");
  if (action == "wipe") done = disks.wipe(disk);
  if (action == "table") done = disks.write_table(disk, kTable);
  if (action == "grow") done = disks.grow_partition(disk);
  INFO((done ? "" : done.error().message()));
  REQUIRE(done);
}

TEST_CASE("the table is what was asked for, also for large sectors") {
  sys::RealDisks disks;
  const auto sector = GENERATE(512U, 4096U);
  const LoopDisk disk(kSize, sector);
  REQUIRE(disks.write_marker(disk.path(), kMarker));
  REQUIRE(disks.write_table(disk.path(), kTable));
  check_table(disk, kSize, sector);
  CHECK(list_disk(disk.name()).marker == kMarker);
  REQUIRE(disks.write_table(disk.path(), kTable));  // once more
  check_table(disk, kSize, sector);
}

TEST_CASE("a partition grows with its disk while it is mounted") {
  sys::RealDisks disks;
  const auto sector = GENERATE(512U, 4096U);
  const LoopDisk disk(kSize, sector);
  const test::TempDir folder;
  REQUIRE(disks.write_table(disk.path(), kTable));
  must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk.part(1)});
  REQUIRE(::mount(disk.part(1).c_str(), folder.path().c_str(), "ext4", 0, nullptr) == 0);
  std::ofstream(folder / "file") << "precious";
  disk.resize(2 * kSize);
  const auto grown = disks.grow_partition(disk.path());
  std::string text;
  std::ifstream(folder / "file") >> text;
  REQUIRE(::umount2(folder.path().c_str(), MNT_DETACH) == 0);
  REQUIRE(grown);
  check_table(disk, 2 * kSize, sector);
  CHECK(text == "precious");
  CHECK(run_command({"/usr/sbin/fsck.ext4", "-fn", disk.part(1)}).status == 0);
}

TEST_CASE("a grown XFS is listed with its new size while it is mounted") {
  sys::RealDisks disks;
  const LoopDisk disk(kSize);
  const test::TempDir folder;
  REQUIRE(disks.write_table(disk.path(), kTable));
  must_run({"/usr/sbin/mkfs.xfs", "-q", disk.part(1)});
  REQUIRE(::mount(disk.part(1).c_str(), folder.path().c_str(), "xfs", 0, nullptr) == 0);
  const auto before = list_disk(disk.name() + "p1");
  disk.resize(2 * kSize);
  const auto grown = disks.grow_partition(disk.path());
  const auto wider = run_command({"/usr/sbin/xfs_growfs", "-d", folder.path()});
  must_run({"/usr/bin/sync", "-f", folder.path()});
  const auto after = list_disk(disk.name() + "p1");
  REQUIRE(::umount2(folder.path().c_str(), MNT_DETACH) == 0);
  REQUIRE(grown);
  INFO(wider.err);
  REQUIRE(wider.status == 0);
  REQUIRE(before.signatures.size() == 1);
  REQUIRE(after.signatures.size() == 1);
  CHECK(before.signatures[0].size == before.size);
  CHECK(after.signatures[0].size == after.size);
  CHECK(after.size == 2 * kSize - 2 * kMebibyte);
}

TEST_CASE("growing what is as large as it can be writes nothing") {
  sys::RealDisks disks;
  const LoopDisk disk(kSize);
  REQUIRE(disks.write_table(disk.path(), kTable));
  const auto hash = disk.hash();
  REQUIRE(disks.grow_partition(disk.path()));
  CHECK(disk.hash() == hash);
}

TEST_CASE(
    "growing refuses a disk with other partitions, without a table, or shorter than its own") {
  sys::RealDisks disks;
  const LoopDisk disk(kSize);
  std::string script;
  SECTION("two partitions") { script = "label: gpt\n,64M,L\n,64M,L\n"; }
  SECTION("the only one is not the first") { script = "label: gpt\n2 : size=64M,type=L\n"; }
  SECTION("another kind of table") { script = "label: dos\n,64M,L\n"; }
  SECTION("no table") { script = ""; }
  if (!script.empty())
    run_command({"/bin/bash", "-c", "printf '" + script + "' | sfdisk -q " + disk.path()});
  const auto hash = disk.hash();
  const auto grown = disks.grow_partition(disk.path());
  REQUIRE_FALSE(grown);
  INFO(grown.error().message());
  CHECK(grown.error().message().contains(disk.path()));
  CHECK(disk.hash() == hash);
}

TEST_CASE("a disk that became shorter is left alone") {
  sys::RealDisks disks;
  const LoopDisk disk(kSize);
  REQUIRE(disks.write_table(disk.path(), kTable));
  disk.resize(kSize / 2);
  const auto hash = disk.hash();
  CHECK_FALSE(disks.grow_partition(disk.path()));
  CHECK(disk.hash() == hash);
}

TEST_CASE("a wiped disk shows nothing, whatever was on it, and keeps its marker") {
  sys::RealDisks disks;
  const auto sector = GENERATE(512U, 4096U);
  const LoopDisk disk(kSize, sector);
  SECTION("a file system") { must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk.path()}); }
  SECTION("btrfs") { must_run({"/usr/sbin/mkfs.btrfs", "-q", "-f", disk.path()}); }
  SECTION("a table, and a file system in its partition") {
    REQUIRE(disks.write_table(disk.path(), kTable));
    must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk.part(1)});
  }
  SECTION("the backup of a table") {
    REQUIRE(disks.write_table(disk.path(), kTable));
    disk.put(0, std::string(kMebibyte, '\0'));
  }
  REQUIRE(disks.write_marker(disk.path(), kMarker));
  REQUIRE(disks.wipe(disk.path()));
  const auto listed = list_disk(disk.name());
  CHECK(listed.content == Content::zeros);
  CHECK(listed.signatures.empty());
  CHECK(listed.marker == kMarker);
  CHECK(trim(must_run({"/usr/sbin/wipefs", "--no-act", disk.path()})).empty());
  for (const auto& device : test::list_disks()) CHECK(device.disk != disk.name());
  // Nor does the old file system come back with a new table.
  REQUIRE(disks.write_table(disk.path(), kTable));
  CHECK(list_disk(disk.name() + "p1").signatures.empty());
}

TEST_CASE("a marker that is cut short is the old one or the new one") {
  sys::RealDisks disks;
  const int writes = interrupt(
      "marker",
      [&disks](const LoopDisk& disk) { REQUIRE(disks.write_marker(disk.path(), kMarker)); },
      [](const LoopDisk& disk) {
        const auto marker = list_disk(disk.name()).marker;
        CHECK((marker == kMarker || marker == "node=cp-1 state=ready"));
      });
  CHECK(writes == 1);
}

TEST_CASE("a wipe that is cut short keeps the marker and is completed by the next") {
  sys::RealDisks disks;
  const int writes = interrupt(
      "wipe",
      [&disks](const LoopDisk& disk) {
        REQUIRE(disks.write_table(disk.path(), kTable));
        must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk.part(1)});
        REQUIRE(disks.write_marker(disk.path(), kMarker));
      },
      [&disks](const LoopDisk& disk) {
        CHECK(list_disk(disk.name()).marker == kMarker);
        REQUIRE(disks.wipe(disk.path()));
        CHECK(list_disk(disk.name()).content == Content::zeros);
        REQUIRE(disks.write_table(disk.path(), kTable));
        CHECK(list_disk(disk.name() + "p1").signatures.empty());
      });
  CHECK(writes >= 4);
}

TEST_CASE("a table that is cut short keeps the marker and is completed by the next") {
  sys::RealDisks disks;
  const int writes = interrupt(
      "table",
      [&disks](const LoopDisk& disk) { REQUIRE(disks.write_marker(disk.path(), kMarker)); },
      [&disks](const LoopDisk& disk) {
        CHECK(list_disk(disk.name()).marker == kMarker);
        REQUIRE(disks.write_table(disk.path(), kTable));
        check_table(disk, kSize);
      });
  CHECK(writes >= 5);
}

TEST_CASE(
    "a growth that is cut short leaves a table that sfdisk reads, and is completed by the next") {
  sys::RealDisks disks;
  const int writes = interrupt(
      "grow",
      [&disks](const LoopDisk& disk) {
        REQUIRE(disks.write_table(disk.path(), kTable));
        disk.resize(2 * kSize);
      },
      [&disks](const LoopDisk& disk) {
        const auto table = sfdisk_reads(disk);
        REQUIRE(table.at("partitions").as_array().size() == 1);
        const auto& only = table.at("partitions").as_array()[0];
        CHECK(to_lower(only.at("uuid").as_string()) == kTable.partition_uuid);
        CHECK(only.at("start").to_number<std::uint64_t>() == kMebibyte / 512);
        CHECK(only.at("size").to_number<std::uint64_t>() * 512 >= kSize - 2 * kMebibyte);
        REQUIRE(disks.grow_partition(disk.path()));
        check_table(disk, 2 * kSize);
      });
  CHECK(writes >= 5);
}
