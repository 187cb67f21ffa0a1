/// Which disk, and why not the others.
#include "storage/judge.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/storage/support.hpp"

using namespace kgnode::storage;
using Catch::Matchers::ContainsSubstring;
using kgnode::config::Disk;
using kgnode::sys::BlockDevice, kgnode::sys::DeviceKind;
using test::make_disk, test::make_partition;

namespace {

Standing standing_of(const std::vector<BlockDevice>& devices, std::size_t index = 0) {
  return judge(devices, std::nullopt, "worker-1").at(index).standing;
}

std::string refusal(const std::vector<BlockDevice>& devices, const Disk& wanted) {
  const auto judged = judge(devices, wanted, "worker-1");
  return choose(judged, devices, "").refusal;
}

/// The root disk as it is seen in a rescue system: second, and not mounted.
std::vector<BlockDevice> rescue_disks() {
  auto rescue = make_disk("sda", 50);
  auto root = make_disk("sdb", 50);
  rescue.content = root.content = kgnode::sys::Content::bytes;
  rescue.signatures = root.signatures = {{.type = "gpt"}};
  auto rescue_root = make_partition(rescue, 1);
  rescue_root.mounts = {"/"};
  auto customers_root = make_partition(root, 1);
  customers_root.signatures = {{.type = "ext4", .label = "root"}};
  return {rescue, rescue_root, root, customers_root};
}

}  // namespace

TEST_CASE("storage judge: only a disk of zeros is blank", "[storage]") {
  auto disk = make_disk("sdb", 100);
  CHECK(standing_of({disk}) == Standing::blank);
  disk.content = kgnode::sys::Content::bytes;
  CHECK(standing_of({disk}) == Standing::foreign);
  disk.content = kgnode::sys::Content::unknown;
  CHECK(standing_of({disk}) == Standing::foreign);
  disk.content = kgnode::sys::Content::zeros;
  disk.signatures = {{.type = "zfs_member"}};
  CHECK(standing_of({disk}) == Standing::foreign);
  disk.signatures.clear();
  CHECK(standing_of({disk, make_partition(disk, 1)}) == Standing::foreign);
}

TEST_CASE("storage judge: what is used by anything, however far up, is not touched", "[storage]") {
  auto disk = make_disk("sdb", 100);
  auto partition = make_partition(disk, 1);
  BlockDevice volume{.name = "dm-0", .path = "/dev/dm-0", .kind = DeviceKind::stacked};
  BlockDevice crypt{.name = "dm-1", .path = "/dev/dm-1", .kind = DeviceKind::stacked};
  const auto way = GENERATE(range(0, 6));
  if (way == 0) disk.mounts = {"/"};
  if (way == 1) partition.mounts = {"/var"};
  if (way == 2) partition.swap = true;
  if (way >= 3) partition.holders = {"dm-0"};
  if (way >= 4) volume.holders = {"dm-1"};
  if (way == 5) crypt.mounts = {"/srv"};
  CHECK(standing_of({disk, partition, volume, crypt}) == Standing::unusable);
}

TEST_CASE("storage judge: what cannot be had or was not read is never eligible", "[storage]") {
  auto disk = make_disk("sdb", 100);
  const auto way = GENERATE(range(0, 5));
  if (way == 0) disk.path.clear();
  if (way == 1) disk.read_only = true;
  if (way == 2) disk.removable = true;
  if (way == 3) disk.unreadable = "Input/output error";
  if (way == 4) disk.size = 1024;
  CHECK(standing_of({disk}) == Standing::unusable);
}

TEST_CASE("storage judge: the marker tells ours from another node's", "[storage]") {
  auto disk = make_disk("sdb", 100);
  disk.marker = "node=worker-1 state=ready";
  CHECK(standing_of({disk}) == Standing::ours);
  disk.mounts = {std::string(kMountPoint)};
  CHECK(standing_of({disk}) == Standing::ours);
  disk.mounts.clear();
  disk.marker = "node=worker-1 state=preparing";
  CHECK(standing_of({disk}) == Standing::unfinished);
  disk.marker = "node=worker-2 state=ready";
  CHECK(standing_of({disk}) == Standing::foreign);
  disk.marker = "damaged";
  CHECK(standing_of({disk}) == Standing::foreign);
}

TEST_CASE("storage choose: in a rescue system the path of the data disk is that of the root disk",
          "[storage]") {
  const auto text = refusal(rescue_disks(), Disk{.path = "/dev/sdb"});
  CHECK_THAT(text, ContainsSubstring("sdb (50 GiB, QEMU HARDDISK): carries gpt, sdb1 carries ext4 "
                                     "\"root\""));
  CHECK_THAT(text, ContainsSubstring("sda1 is mounted at \"/\""));
}

TEST_CASE("storage choose: exactly one has to match, and every other one is named", "[storage]") {
  const auto first = make_disk("sdb", 100);
  const auto second = make_disk("sdc", 100);
  const Disk wanted{.min_size = kgnode::Bytes{50 * test::kGibibyte}};
  CHECK_THAT(
      refusal({first, second}, wanted),
      ContainsSubstring("2 disks are as storage.disk wants it: sdb (100 GiB, QEMU HARDDISK): "
                        "eligible; sdc"));
  CHECK_THAT(refusal({make_disk("sdb", 20)}, wanted),
             ContainsSubstring("sdb (20 GiB, QEMU HARDDISK): is smaller than 50GiB"));
  CHECK_THAT(refusal({}, wanted), ContainsSubstring("there is no disk at all"));
  auto full = make_disk("sdc", 200);
  full.content = kgnode::sys::Content::bytes;
  CHECK_THAT(refusal({make_disk("sda", 20), full}, wanted),
             ContainsSubstring("wants it: sdc (200 GiB"));
  CHECK(refusal({first, make_disk("sdc", 20)}, wanted).empty());
}

TEST_CASE("storage choose: every criterion counts", "[storage]") {
  auto disk = make_disk("sdb", 100);
  disk.serial = "one";
  disk.by_id = {"scsi-one"};
  disk.by_path = {"pci-1"};
  const std::vector<BlockDevice> devices{disk};
  CHECK(refusal(devices, Disk{.transport = "scsi",
                              .serial = "one",
                              .by_id = "scsi-one",
                              .by_path = "pci-1",
                              .path = "/dev/disk/by-id/scsi-one"})
            .empty());
  CHECK_THAT(refusal(devices, Disk{.serial = "two"}),
             ContainsSubstring("its serial is \"one\", not \"two\""));
  CHECK_FALSE(refusal(devices, Disk{.transport = "nvme"}).empty());
  CHECK_FALSE(refusal(devices, Disk{.by_id = "scsi-two"}).empty());
  CHECK_FALSE(refusal(devices, Disk{.by_path = "pci-2"}).empty());
  CHECK_FALSE(refusal(devices, Disk{.path = "/dev/sdc"}).empty());
}

TEST_CASE("storage choose: a loop device is taken only by its path", "[storage]") {
  auto loop = make_disk("loop6", 100);
  loop.kind = DeviceKind::loop;
  loop.path = "/dev/sdb";
  CHECK_THAT(refusal({loop}, Disk{.min_size = kgnode::Bytes{1}}), ContainsSubstring("loop device"));
  CHECK(refusal({loop}, Disk{.path = "/dev/sdb"}).empty());
}

TEST_CASE("storage choose: our disk goes before a blank one, two of ours stop everything",
          "[storage]") {
  auto ours = make_disk("sdb", 100);
  ours.marker = "node=worker-1 state=ready";
  const Disk wanted{.min_size = kgnode::Bytes{50 * test::kGibibyte}};
  const std::vector<BlockDevice> devices{make_disk("sdc", 100), ours};
  const auto judged = judge(devices, wanted, "worker-1");
  REQUIRE(choose(judged, devices, "").chosen != nullptr);
  CHECK(choose(judged, devices, "").chosen->disk->name == "sdb");

  auto copy = ours;
  copy.name = "sdd";
  CHECK_THAT(refusal({ours, copy}, wanted), ContainsSubstring("several disks"));
  CHECK_THAT(refusal({ours, make_disk("sdc", 200)}, Disk{.path = "/dev/sdc"}),
             ContainsSubstring("this node has a data disk that storage.disk does not select"));
}

TEST_CASE("storage choose: no blank disk takes the place of ours while that cannot be had",
          "[storage]") {
  auto ours = make_disk("sdb", 100);
  ours.marker = "node=worker-1 state=ready";
  const auto way = GENERATE(range(0, 3));
  if (way == 0) ours.read_only = true;
  if (way == 1) ours.size = kLeast / 2;
  if (way == 2) ours.removable = true;
  CHECK_THAT(refusal({make_disk("sdc", 100), ours}, Disk{.transport = "scsi"}),
             ContainsSubstring("this node's data disk cannot be used as it is"));
}

TEST_CASE("storage choose: no blank disk is taken beside one that may be ours", "[storage]") {
  auto dubious = make_disk("sdb", 100);
  dubious.content = kgnode::sys::Content::unknown;
  const bool is_unreadable = GENERATE(false, true);
  if (is_unreadable) dubious.unreadable = "asleep";
  if (!is_unreadable) dubious.marker = kgnode::sys::Disks::kMarkerDamaged;
  const std::vector<BlockDevice> devices{make_disk("sdc", 100), dubious};
  CHECK_THAT(refusal(devices, Disk{.transport = "scsi"}),
             ContainsSubstring("may be this node's data disk"));
  CHECK(refusal(devices, Disk{.path = "/dev/sdc"}).empty());
}

TEST_CASE("storage choose: content is given up for one disk as it is, no other and not later",
          "[storage]") {
  auto disk = make_disk("sdb", 100);
  disk.signatures = {{.type = "ext4", .label = "old", .uuid = "1"}};
  const Disk wanted{.path = "/dev/sdb"};
  std::vector<BlockDevice> devices{disk};
  const auto approved = fingerprint(devices, devices.front());
  CHECK(choose(judge(devices, wanted, "worker-1"), devices, approved).chosen != nullptr);
  const auto change = GENERATE(range(0, 4));
  if (change == 0) devices.front().signatures.front().uuid = "2";
  if (change == 1) devices.front().serial = "other";
  if (change == 2) devices.front().size += 512;
  if (change == 3) devices.push_back(make_partition(disk, 1));
  CHECK(choose(judge(devices, wanted, "worker-1"), devices, approved).chosen == nullptr);
}
