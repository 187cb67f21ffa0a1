/// What is done to the disk, and that nothing is done to any other.
#include "tests/support/catch.hpp"
#include "tests/unit/storage/support.hpp"

using namespace kgnode::storage;
using Catch::Matchers::ContainsSubstring;
using kgnode::core::Phase;
using test::make_disk, test::make_partition, test::StorageNode;

namespace {

std::vector<Storage::Action> actions(StorageNode& node) {
  std::vector<Storage::Action> all;
  const auto seen = test::run_task(node.domain.observe(node.want));
  REQUIRE(seen);
  for (const auto& step : Storage::plan(node.want, *seen)) all.push_back(step.action);
  return all;
}

bool has_data(const StorageNode& node, const std::string& disk) {
  for (const auto& device : node.disks.devices) {
    if (device.disk == disk && !device.signatures.empty() &&
        device.signatures.front().uuid == make_identity("worker-1").file_system)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("storage plan: without a wanted disk nothing is looked at and nothing is done",
          "[storage]") {
  StorageNode node;
  node.want.disk.reset();
  node.disks.devices = {make_disk("sdb", 100)};
  CHECK(node.enforce().phase == Phase::in_sync);
  CHECK(node.disks.writes.empty());
}

TEST_CASE("storage plan: a blank disk is claimed, prepared, mounted, and then left alone",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sda", 5), make_disk("sdb", 100)};
  test::check_laws(node.domain, node.want);
  CHECK(node.disks.find("sdb")->marker == "node=worker-1 state=ready");
  CHECK(node.disks.mounted->device == "sdb1");
  CHECK_FALSE(node.disks.writes.contains("sda"));
}

TEST_CASE("storage plan: the claim comes first and the finish last", "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  using enum Storage::Action;
  CHECK(actions(node) == std::vector{write_file, write_file, write_file, load_units, claim,
                                     partition, Storage::Action::format, finish, mount});
}

TEST_CASE("storage plan: a disk with data is refused, named, and prepared once it is given up",
          "[storage]") {
  StorageNode node;
  auto disk = make_disk("sdb", 100);
  disk.content = kgnode::sys::Content::bytes;
  disk.signatures = {{.type = "dos"}};
  auto partition = make_partition(disk, 1);
  partition.signatures = {{.type = "ext4", .label = "photos", .uuid = "1"}};
  node.disks.devices = {disk, partition};
  const auto refused = node.enforce();
  CHECK(refused.phase == Phase::failed);
  CHECK_THAT(refused.error, ContainsSubstring("sdb1 carries ext4 \"photos\"") &&
                                ContainsSubstring("kgnode storage plan"));
  CHECK(node.disks.writes.empty());

  node.domain.approve(fingerprint(node.disks.devices, *node.disks.find("sdb")));
  const auto done = node.enforce();
  CHECK(done.error == "");
  CHECK(done.phase == Phase::applied);
  CHECK(has_data(node, "sdb"));
}

TEST_CASE("storage plan: whenever the power fails, the next starts finish the work", "[storage]") {
  const bool foreign = GENERATE(false, true);
  const int limit = GENERATE(range(0, 12));
  StorageNode node;
  auto disk = make_disk("sdb", 100);
  if (foreign) disk.signatures = {{.type = "LVM2_member", .uuid = "1"}};
  node.disks.devices = {make_disk("sda", 5), disk};
  if (foreign) node.domain.approve(fingerprint(node.disks.devices, node.disks.devices[1]));
  node.disks.power = limit;
  (void)node.enforce();
  node.disks.power = -1;
  node.disks.mounted.reset();  // a reboot; what was given up is not remembered
  node.domain.approve("");
  // Claimed or not: only before the claim a disk with data still needs its owner's word.
  if (foreign && node.disks.writes.empty()) {
    CHECK(node.enforce().phase == Phase::failed);
    CHECK(node.disks.writes.empty());
    return;
  }
  const auto again = node.enforce();
  CAPTURE(limit, again.error);
  CHECK(again.phase != Phase::failed);
  CHECK(has_data(node, "sdb"));
  CHECK(node.disks.find("sdb")->marker == "node=worker-1 state=ready");
  CHECK(node.disks.mounted.has_value());
  CHECK_FALSE(node.disks.writes.contains("sda"));
}

TEST_CASE("storage plan: a finished disk is never formatted again, whatever is missing on it",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.mounted.reset();
  const auto way = GENERATE(range(0, 3));
  if (way == 0) node.disks.find("sdb1")->signatures.clear();
  if (way == 1) {
    node.disks.devices.pop_back();
    node.disks.find("sdb")->signatures.clear();
  }
  if (way == 2) node.disks.find("sdb1")->partition_uuid = "other";
  node.disks.writes.clear();
  const auto report = node.enforce();
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error, ContainsSubstring("has lost its"));
  CHECK(node.disks.writes.empty());
}

TEST_CASE("storage plan: a table that the kernel does not read is mended, not given up",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.mounted.reset();
  const auto partition = node.disks.devices.back();
  node.disks.devices.pop_back();
  node.disks.find("sdb")->signatures = {{.type = "gpt"}};
  CHECK(actions(node) == std::vector{Storage::Action::grow_partition});
  node.disks.devices.push_back(partition);
  CHECK(actions(node) == std::vector{Storage::Action::mount});
}

TEST_CASE("storage plan: a volume that grew takes partition and file system with it", "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.find("sdb")->size += 100 * test::kGibibyte;
  test::check_laws(node.domain, node.want);
  CHECK(node.disks.find("sdb1")->size > 199 * test::kGibibyte);
  // Only the partition had grown when the power failed.
  node.disks.find("sdb1")->signatures.front().size = 100 * test::kGibibyte;
  CHECK(actions(node) == std::vector{Storage::Action::grow_file_system});
}

TEST_CASE("storage plan: another file system in the configuration changes nothing on the disk",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.writes.clear();
  node.disks.find("sdb")->size += 100 * test::kGibibyte;
  node.want.file_system = kgnode::config::FileSystem::ext4;
  const auto report = node.enforce();
  CHECK_THAT(report.error, ContainsSubstring("set storage.file_system = \"xfs\""));
  CHECK(node.disks.writes.empty());
}

TEST_CASE("storage plan: a disk that shrank is not mounted", "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.mounted.reset();
  node.disks.find("sdb")->size = 50 * test::kGibibyte;
  const auto report = node.enforce();
  CHECK_THAT(report.error, ContainsSubstring("smaller than its partition"));
  CHECK_FALSE(node.disks.mounted);
}

TEST_CASE("storage plan: a disk that shrank until the kernel shows no partition is not touched",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.mounted.reset();
  node.disks.devices.pop_back();
  node.disks.writes.clear();
  auto& disk = *node.disks.find("sdb");
  disk.signatures = {{.type = "gpt"}};
  disk.table_size = disk.size;
  disk.size /= 2;
  const auto report = node.enforce();
  CHECK_THAT(report.error,
             ContainsSubstring("smaller than its partition") && ContainsSubstring("(100 GiB)"));
  CHECK(node.disks.writes.empty());
}

TEST_CASE("storage plan: no other disk is prepared while one that is gone is mounted",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.devices = {make_disk("sdc", 100)};
  node.disks.writes.clear();
  node.disks.mounted->device = "";
  const auto report = node.enforce();
  CHECK_THAT(report.error, ContainsSubstring("a device that is gone is mounted"));
  CHECK(node.disks.writes.empty());
}

TEST_CASE("storage plan: a rescue system writes nothing", "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  const auto way = GENERATE(range(0, 3));
  if (way == 0) node.files.files["/proc/cmdline"] = "BOOT_IMAGE=/vmlinuz rescue ro\n";
  if (way == 1) node.files.files["/etc/os-release"] = "NAME=Debian\nVARIANT_ID=ovh-rescue\n";
  if (way == 2) node.files.files["/proc/sys/kernel/hostname"] = "rescue-customer-eu\n";
  const auto report = node.enforce();
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error, ContainsSubstring("rescue system"));
  CHECK(node.disks.writes.empty());
  CHECK(node.files.writes.empty());
}

TEST_CASE("storage plan: files below an empty mount point are not hidden", "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  node.files.files["/var/lib/longhorn/replicas"] = "";
  const auto report = node.enforce();
  CHECK_THAT(report.error, ContainsSubstring("\"replicas\"") && ContainsSubstring("hide"));
  CHECK_FALSE(node.disks.mounted);
}

TEST_CASE("storage plan: another file system at the mount point is a person's business",
          "[storage]") {
  StorageNode node;
  node.disks.devices = {make_disk("sdb", 100)};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.mounted->device = "sdc1";
  CHECK_THAT(node.enforce().error, ContainsSubstring("\"sdc1\" is mounted at"));
}

TEST_CASE("storage findings: errors, a read-only flip and little room are told", "[storage]") {
  StorageNode node;
  auto broken = make_disk("sdc", 1);
  broken.unreadable = "sector 0: Input/output error";
  node.disks.devices = {make_disk("sdb", 100), broken};
  REQUIRE(node.enforce().phase == Phase::applied);
  node.disks.mounted->read_only = true;
  node.disks.mounted->available = node.disks.mounted->total / 20;
  node.disks.mounted->trouble = "Input/output error";
  std::vector<std::string> ids;
  for (const auto& finding : node.enforce().findings) ids.push_back(finding.id);
  CHECK(ids == std::vector<std::string>{"storage.io_error", "storage.read_only", "storage.full",
                                        "storage.unreadable.sdc"});
}
