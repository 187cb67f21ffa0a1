/// Random machines of real block devices, run by the real tools: only the disk that is blank and
/// meant is written to, or none.
#include <cstdlib>
#include <print>

#include "agent/base/text.hpp"
#include "tests/kernel/layouts_machine.hpp"

using namespace kgnode;
using core::Phase, storage::Storage;
using test::Machine, test::MachineDisk, test::OverlaidDisks, test::World;

namespace {

struct Untouched {
  const MachineDisk* disk = nullptr;
  std::string hash;
  std::uint64_t writes = 0;
};

std::vector<Untouched> look_at(const Machine& machine) {
  std::vector<Untouched> all;
  for (const auto& one : machine.disks) {
    auto hash = one.disk->hash();
    all.push_back({&one, std::move(hash), test::writes_of(*one.disk)});
  }
  return all;
}

void check_untouched(const std::vector<Untouched>& before, const MachineDisk* taken) {
  for (const auto& one : before) {
    if (one.disk == taken || one.disk->kernel_writes) continue;
    INFO("disk " << one.disk->shown.name);
    CHECK(test::writes_of(*one.disk->disk) == one.writes);
    CHECK(one.disk->disk->hash() == one.hash);
  }
}

config::Disk with_real_path(config::Disk wanted, const OverlaidDisks& disks) {
  if (!wanted.path.empty()) wanted.path = disks.path_of(wanted.path);
  return wanted;
}

void prepare(World& world, const Machine& machine) {
  world.want.disk = with_real_path(machine.wanted, world.disks);
  world.want.file_system = machine.file_system;
  if (machine.rescue == "/proc/cmdline") world.files.files[machine.rescue] = "ro rescue\n";
  if (machine.rescue == "/etc/os-release") world.files.files[machine.rescue] = "ID=ovh-rescue\n";
  if (machine.rescue.ends_with("hostname")) world.files.files[machine.rescue] = "rescue-eu\n";
}

/// What the text says of one disk.
std::string about(const std::string& refusal, const std::string& name) {
  const auto start = refusal.find(name + " (");
  if (start == std::string::npos) return {};
  return refusal.substr(start, refusal.find("; ", start) - start);
}

void check_refusal(const std::string& error, const Machine& machine, const std::string& expected) {
  CHECK_THAT(error, Catch::Matchers::ContainsSubstring(expected));
  if (!machine.rescue.empty()) return;  // whose the disks are is not looked at
  for (const auto& one : machine.disks) {
    const auto text = about(error, one.shown.name);
    INFO("disk " << one.shown.name << ": " << text);
    CHECK_FALSE(text.empty());
    CHECK(text.contains(one.reason));
    const auto mismatches = test::mismatches_of(one, machine.wanted);
    for (const auto& mismatch : mismatches) CHECK(text.contains(mismatch));
    if (one.blank && mismatches.empty()) CHECK(text.ends_with(": eligible"));
  }
}

/// Ours, mounted, in sync; and so again after a reboot that gives the disks other names.
void check_taken(World& world, Machine& machine, const MachineDisk& taken) {
  CHECK(world.check().phase == Phase::in_sync);
  const auto mounted = world.disks.space(std::string(storage::kMountPoint));
  REQUIRE((mounted && *mounted));
  CHECK((*mounted)->device.starts_with(taken.shown.name));
  const auto file = std::string(storage::kMountPoint) + "/file";
  std::ofstream(file) << "precious";
  World::unmount();
  if (!machine.wanted.path.empty()) return;

  machine.rename_disks();
  machine.plug_into(world.disks);
  World again(world.disks);
  prepare(again, machine);
  again.files.files = world.files.files;
  const auto report = again.enforce();
  CAPTURE(report.error);
  REQUIRE(report.phase == Phase::applied);
  CHECK(report.steps.size() == 1);  // mounted
  std::string text;
  std::ifstream(file) >> text;
  CHECK(text == "precious");
}

struct Tally {
  int prepared = 0;
  int refused = 0;
};

void run_machine(std::uint64_t seed, Tally& tally) {
  Machine machine(seed);
  INFO("KGNODE_SEED=" << seed << " " << machine.describe());
  OverlaidDisks disks;
  machine.plug_into(disks);
  World world(disks);
  prepare(world, machine);
  const auto expected = test::expect(machine);
  const auto before = look_at(machine);
  const auto report = world.enforce();
  CAPTURE(report.error);
  check_untouched(before, expected.taken);
  if (expected.taken == nullptr) {
    ++tally.refused;
    CHECK(report.phase == Phase::failed);
    check_refusal(report.error, machine, expected.refusal);
    return;
  }
  ++tally.prepared;
  REQUIRE(report.phase == Phase::applied);
  check_taken(world, machine, *expected.taken);
  check_untouched(before, expected.taken);
}

}  // namespace

TEST_CASE("what others leave on a disk can be made here by their tools") {
  const auto maker = GENERATE(from_range(test::makers(0)));
  DYNAMIC_SECTION(maker.name) {
    const auto& missing = test::known_kinds().missing;
    const auto found = missing.find(maker.name);
    if (found != missing.end()) SKIP(maker.name << " is in no machine: " << found->second);
    SUCCEED();
  }
}

TEST_CASE("on random machines only the disk that is blank and meant is written to, or none") {
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  const auto* const only = std::getenv("KGNODE_SEED");
  const std::uint64_t machines = std::getenv("KGNODE_LONG") == nullptr ? 50 : 500;
  // NOLINTEND(concurrency-mt-unsafe)
  Tally tally;
  if (only != nullptr) return run_machine(parse_int<std::uint64_t>(only).value(), tally);
  for (std::uint64_t seed = 1; seed <= machines; ++seed) run_machine(seed, tally);
  std::println("figure machines={} prepared={} refused={}", machines, tally.prepared,
               tally.refused);
  CHECK(tally.prepared > static_cast<int>(machines / 10));
  CHECK(tally.refused > static_cast<int>(machines / 10));
}
