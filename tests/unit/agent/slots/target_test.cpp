#include "agent/slots/target.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::slots;
using Catch::Matchers::ContainsSubstring;
using kgnode::sys::BlockDevice, kgnode::sys::DeviceKind;

namespace {

constexpr auto kRootType = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
constexpr auto kVerityType = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5";
const std::string kHash = std::string(32, 'a') + std::string(32, 'b');
const Running kRunning{
    .version = "1.0.0", .root_hash = kHash, .rollback_index = 2, .architecture = "x86-64"};

BlockDevice partition(unsigned number, std::string uuid, std::string type) {
  const auto name = "sda" + std::to_string(number);
  return {.name = name,
          .path = "/dev/" + name,
          .kind = DeviceKind::partition,
          .disk = "sda",
          .partition = number,
          .size = kChunk * 8,
          .partition_uuid = std::move(uuid),
          .partition_type = std::move(type)};
}

std::vector<BlockDevice> disk() {
  return {{.name = "sda", .path = "/dev/sda"},
          partition(2, uuids_of(kHash).root, kRootType),
          partition(3, uuids_of(kHash).verity, kVerityType),
          partition(4, "4", kRootType),
          partition(5, "5", kVerityType),
          partition(6, "6", "var")};
}

Manifest update() {
  return {.version = "1.1.0",
          .rollback_index = 2,
          .architecture = "x86-64",
          .root_hash = kHash,
          .root = {.size = kChunk * 8},
          .verity = {.size = kChunk}};
}

std::string refusal(const Manifest& manifest) {
  const auto devices = disk();
  const auto checked = check_update(manifest, kRunning, find_slots(devices, kRunning)->other);
  return checked ? "" : checked.error().message();
}

}  // namespace

TEST_CASE("target: the other slot is the one that does not run", "[slots]") {
  CHECK(uuids_of(kHash).root == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
  const auto devices = disk();
  const auto slots = find_slots(devices, kRunning);
  REQUIRE(slots);
  CHECK(slots->disk == "/dev/sda");
  CHECK(slots->running.root->name == "sda2");
  CHECK(slots->other.root->name == "sda4");
  CHECK(slots->other.verity->name == "sda5");
}

TEST_CASE("target: a system without two slots is told so", "[slots]") {
  const auto message = [](std::vector<BlockDevice> devices, const Running& running) {
    const auto slots = find_slots(devices, running);
    return slots ? std::string() : slots.error().message();
  };
  CHECK_THAT(message(disk(), {}), ContainsSubstring("does not run from an image"));
  CHECK_THAT(message({}, kRunning), ContainsSubstring("not found"));
  auto three = disk();
  three.push_back(partition(7, "7", kRootType));
  CHECK_THAT(message(three, kRunning), ContainsSubstring("not exactly one other slot"));
  auto one = disk();
  std::erase_if(one, [](const BlockDevice& device) { return device.name == "sda5"; });
  CHECK_THAT(message(one, kRunning), ContainsSubstring("not exactly one other slot"));
  // A disk beside it with the same layout is not the other slot.
  auto beside = disk();
  beside.push_back(partition(8, "8", kRootType));
  beside.back().disk = "sdb";
  CHECK(message(beside, kRunning) == "");
}

TEST_CASE("target: updates that may not follow are refused", "[slots]") {
  CHECK(refusal(update()) == "");
  auto manifest = update();
  manifest.rollback_index = 1;
  CHECK_THAT(refusal(manifest), ContainsSubstring("rollback index 1"));
  for (const auto* version : {"1.0.0", "0.9", "1.0.0~rc1"}) {
    manifest = update();
    manifest.version = version;
    CHECK_THAT(refusal(manifest), ContainsSubstring("is not newer than 1.0.0"));
  }
  manifest = update();
  manifest.architecture = "arm64";
  CHECK_THAT(refusal(manifest), ContainsSubstring("\"arm64\""));
  manifest = update();
  manifest.root.size += 1;
  CHECK_THAT(refusal(manifest), ContainsSubstring("sda4 has"));
}

TEST_CASE("target: a slot in use is not written to", "[slots]") {
  auto devices = disk();
  devices[3].holders = {"dm-7"};
  const auto slots = find_slots(devices, kRunning);
  CHECK_THAT(check_update(update(), kRunning, slots->other).error().message(),
             ContainsSubstring("sda4 is in use"));
}

TEST_CASE("target: going back takes a slot that was good", "[slots]") {
  const Entry own{.version = "1.0.0"};
  CHECK(check_rollback(std::vector{own, Entry{.version = "0.9"}}, kRunning).value() == "0.9");
  CHECK_FALSE(check_rollback(std::vector{own}, kRunning));
  CHECK_THAT(check_rollback(std::vector{own, Entry{.version = "1.1.0", .tries_left = 0}}, kRunning)
                 .error()
                 .message(),
             ContainsSubstring("has failed"));
}
