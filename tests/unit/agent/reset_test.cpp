/// Factory reset: what goes and what stays.
#include "agent/reset.hpp"

#include <filesystem>
#include <fstream>

#include "storage/identity.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_disks.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using storage::Progress;

namespace {

sys::BlockDevice disk(std::string name, std::string marker) {
  return {.name = name,
          .path = "/dev/" + name,
          .size = std::uint64_t{20} << 30,
          .content = sys::Content::bytes,
          .signatures = {{.type = "gpt"}},
          .marker = std::move(marker)};
}

}  // namespace

TEST_CASE("reset: a request is read as it was written, and never guessed", "[reset]") {
  for (const bool erase : {true, false}) {
    const ResetRequest request{.node = "worker-1", .erase_data = erase};
    CHECK(parse_reset_request(to_text(request)).value() == request);
  }
  for (const auto* bad : {"", "{}", "[]", R"({"node": 1, "erase_data": true})", R"({"node": "a"})",
                          R"({"node": "a", "erase_data": "yes"})"})
    CHECK_FALSE(parse_reset_request(bad));
}

TEST_CASE("reset: only the data disks of this node become blank", "[reset]") {
  test::FakeDisks disks;
  disks.devices = {
      disk("sda", ""),
      disk("sdb", storage::to_text({.node = "worker-1", .progress = Progress::ready})),
      disk("sdc", storage::to_text({.node = "worker-2", .progress = Progress::ready})),
      disk("sdd", "damaged"),
      disk("sde", storage::to_text({.node = "worker-1", .progress = Progress::preparing}))};
  CHECK(erase_data_disks(disks, "worker-1").value() == std::vector<std::string>{"sdb", "sde"});
  CHECK(disks.find("sdb")->marker == "");
  CHECK(disks.find("sdb")->signatures.empty());
  for (const auto* other : {"sda", "sdc", "sdd"}) CHECK(disks.writes[other] == 0);
}

TEST_CASE("reset: interrupted before any write the disk is still this node's to erase", "[reset]") {
  bool cut = true;
  for (int power = 0; cut; ++power) {
    test::FakeDisks disks;
    disks.devices = {disk("sdb", storage::to_text({.node = "a", .progress = Progress::ready}))};
    disks.power = power;
    cut = !erase_data_disks(disks, "a");
    disks.power = -1;
    CAPTURE(power);
    REQUIRE(erase_data_disks(disks, "a"));
    CHECK(disks.find("sdb")->marker == "");
    CHECK(disks.find("sdb")->signatures.empty());
  }
}

TEST_CASE("reset: a folder is emptied, links are not followed", "[reset]") {
  namespace fs = std::filesystem;
  const test::TempDir folder;
  fs::create_directories(folder / "state/log/old");
  fs::create_directories(folder / "elsewhere");
  std::ofstream(folder / "elsewhere/file") << "kept";
  std::ofstream(folder / "state/reset.json") << "{}";
  std::ofstream(folder / "state/log/old/1") << "x";
  fs::create_directory_symlink(folder / "elsewhere", folder / "state/link");
  REQUIRE(empty_folder(folder / "state", "reset.json"));
  CHECK(fs::exists(folder / "elsewhere/file"));
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder / "state"))
    left.push_back(entry.path().filename());
  CHECK(left == std::vector<std::string>{"reset.json"});
  CHECK(empty_folder(folder / "not-there"));
}
