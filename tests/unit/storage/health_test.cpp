/// What is said of the health of disks, and what is not.
#include "storage/health.hpp"

#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/unit/storage/support.hpp"

using namespace kgnode::storage;
using Catch::Matchers::ContainsSubstring;
using kgnode::core::Finding, kgnode::core::FindingKind, kgnode::core::Phase;
using test::make_disk, test::make_partition, test::StorageNode;

namespace {

std::string report_of(const std::string& name) {
  std::ifstream file(TEST_DATA "/smart/" + name + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The root disk, the data disk, and one that nobody uses.
struct WatchedNode : StorageNode {
  std::string report = report_of("sata_good");
  std::vector<std::string> asked;

  WatchedNode() {
    files.files[std::string(HealthWatch::kProgram)] = "";
    processes.answer = [this, prepare = processes.answer](const kgnode::sys::Command& command) {
      if (command.argv.front() != HealthWatch::kProgram) return prepare(command);
      asked.push_back(command.argv.back());
      return kgnode::Result<kgnode::sys::Output>(kgnode::sys::Output{.out = report});
    };
    auto root = make_disk("sda", 5);
    auto root_partition = make_partition(root, 1);
    root_partition.mounts = {"/"};
    disks.devices = {root, root_partition, make_disk("sdb", 100), make_disk("sdc", 5)};
    REQUIRE(enforce().phase == Phase::applied);
    disks.find("sdb1")->mounts = {std::string(kMountPoint)};
  }

  std::vector<Finding> look(std::chrono::minutes later = std::chrono::minutes(61)) {
    clock.steady_time += later;
    asked.clear();
    return enforce().findings;
  }
  Finding find(const std::string& id) {
    for (auto& finding : look()) {
      if (finding.id == id) return finding;
    }
    return {.text = "nothing is said of it"};
  }
};

}  // namespace

TEST_CASE("storage health: the disks of system and data are asked once an hour, no other",
          "[storage]") {
  WatchedNode node;
  (void)node.look();
  CHECK(node.asked == std::vector<std::string>{"/dev/sda", "/dev/sdb"});
  (void)node.look(std::chrono::minutes(59));
  CHECK(node.asked.empty());
  (void)node.look(std::chrono::minutes(1));
  CHECK(node.asked.size() == 2);
}

TEST_CASE("storage health: none that sleeps is woken, and what it said before still holds",
          "[storage]") {
  WatchedNode node;
  CHECK(node.find("storage.smart.sdb").kind == FindingKind::pass);
  const auto& argv = node.processes.calls.back();
  CHECK(std::ranges::search(argv, std::vector<std::string>{"-n", "standby"}).size() == 2);
  node.report = report_of("standby");
  CHECK(node.find("storage.smart.sdb").kind == FindingKind::pass);
  WatchedNode other;
  other.report = node.report;
  other.disks.find("sdb")->serial = "another disk under its name";
  CHECK(other.find("storage.smart.sdb").kind == FindingKind::unknown);
  CHECK_THAT(other.find("storage.smart.sdb").text, ContainsSubstring("asleep"));
}

TEST_CASE("storage health: a drive is told as it says it is", "[storage]") {
  const auto& [report, kind, text] = GENERATE(table<std::string, FindingKind, std::string>({
      {"sata_good", FindingKind::pass, "says that it is well, after 25799 hours"},
      {"sata_failing", FindingKind::gap,
       "the drive sdb: it says that it is failing, 88 places of it could not be read or "
       "written, Raw_Read_Error_Rate is past its threshold, Reallocated_Sector_Ct is past"},
      {"nvme_good", FindingKind::pass, "says that it is well"},
      {"nvme_worn", FindingKind::gap,
       "its spare blocks run out, it is unreliable by now, it says that it is failing, 12 "
       "places of it could not be read or written, 104 % of its rated life is used"},
      {"scsi_errors", FindingKind::gap, "9 places of it"},
      {"virtual_scsi", FindingKind::unknown, "does not tell how it is: it has no SMART"},
      {"virtio", FindingKind::unknown, "Unable to detect device type"},
      {"switched_off", FindingKind::unknown, "switched off"},
  }));
  INFO(report);
  WatchedNode node;
  node.report = report_of(report);
  const auto finding = node.find("storage.smart.sdb");
  CHECK(finding.kind == kind);
  CHECK_THAT(finding.text, ContainsSubstring(text));
  CHECK((finding.remedy.empty() == (kind == FindingKind::pass)));
}

TEST_CASE("storage health: without smartctl, or with a broken one, no drive is well", "[storage]") {
  WatchedNode node;
  const bool is_installed = GENERATE(false, true);
  if (!is_installed) node.files.files.erase(std::string(HealthWatch::kProgram));
  node.report = "Segmentation fault";
  const auto finding = node.find("storage.smart.sdb");
  CHECK(finding.kind == FindingKind::unknown);
  CHECK_THAT(finding.text,
             ContainsSubstring(is_installed ? "did not print a report" : "is not installed"));
}

TEST_CASE("storage health: only errors beyond those that our questions make are told",
          "[storage]") {
  CHECK(judge_errors({.failed = 2}, {.failed = 18}) == CommandErrors{});
  CHECK(judge_errors({.failed = 2}, {.failed = 19}) == CommandErrors{.failed = 17});
  CHECK(judge_errors({}, {.timed_out = 1}) == CommandErrors{.timed_out = 1});
  CHECK(judge_errors({.failed = 100, .timed_out = 3}, {}) == CommandErrors{});  // counted anew
}

TEST_CASE("storage health: commands that fail are told until the agent starts again", "[storage]") {
  WatchedNode node;
  const std::string folder = "/sys/class/block/sdb/device/";
  node.files.files[folder + "ioerr_cnt"] = "0x1000\n";  // before we looked
  node.files.files[folder + "iotmo_cnt"] = "0x0\n";
  node.disks.find("sdb")->serial = "one that is new to us";
  CHECK(node.find("storage.commands.sdb").id.empty());
  node.files.files[folder + "ioerr_cnt"] = "0x1020\n";
  node.files.files[folder + "iotmo_cnt"] = "0x1\n";
  CHECK_THAT(node.find("storage.commands.sdb").text,
             ContainsSubstring("32 commands to sdb failed and 1 were not answered"));
  CHECK_THAT(node.find("storage.commands.sdb").text, ContainsSubstring("32 commands"));
  node.files.files[folder + "ioerr_cnt"] = "many";
  CHECK(node.find("storage.health").kind == FindingKind::unknown);
}

TEST_CASE("storage health: errors that ext4 has recorded are told", "[storage]") {
  WatchedNode node;
  CHECK(node.find("storage.file_system_errors.sdb1").id.empty());
  node.files.files["/sys/fs/ext4/sdb1/errors_count"] = "3\n";
  node.files.files["/sys/fs/ext4/sdb1/last_error_func"] = "ext4_lookup\n";
  CHECK_THAT(node.find("storage.file_system_errors.sdb1").text,
             ContainsSubstring("3 errors, the last in ext4_lookup"));
}

TEST_CASE("storage health: a mount whose disk is gone, and one without room for files",
          "[storage]") {
  WatchedNode node;
  CHECK(node.find("storage.gone").id.empty());
  node.disks.mounted->files = 1000;
  node.disks.mounted->files_left = 99;
  CHECK_THAT(node.find("storage.files").text, ContainsSubstring("room for 99 more files of 1000"));
  node.disks.mounted->device = "";
  std::erase_if(node.disks.devices,
                [](const auto& device) { return device.name.starts_with("sdb"); });
  CHECK_THAT(node.find("storage.gone").remedy, ContainsSubstring("attach the volume again"));
}
