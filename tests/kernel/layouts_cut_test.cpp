/// The preparation of a data disk, killed at each of its writes and at random ones of mkfs: the
/// next run completes it, or the disk is as it was.
#include <cstdlib>
#include <print>

#include "tests/kernel/layouts_world.hpp"
#include "tests/support/random.hpp"

using namespace kgnode;
using config::FileSystem, core::Phase;
using test::LoopDisk, test::must_run, test::OverlaidDisks, test::Random, test::World;

namespace {

constexpr std::uint64_t kSize = std::uint64_t{512} << 20;

std::string marker(std::string_view state) {
  return std::format("node={} state={}", test::node_name(), state);
}

/// Two disks of one machine: the one that is meant, and one that is not.
class Bench {
 public:
  explicit Bench(FileSystem type, std::uint64_t size = kSize) : type_(type), disk_(size) {
    must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", bystander_.path()});
    bystander_hash_ = bystander_.hash();
  }

  const LoopDisk& disk() const { return disk_; }
  /// Somebody else's, and given up.
  void put_data() const {
    sys::RealDisks disks;
    REQUIRE(
        disks.write_table(disk_.path(), {.disk_uuid = "11111111-2222-4333-8444-555555555555",
                                         .partition_uuid = "66666666-7777-4888-9999-aaaaaaaaaaaa",
                                         .partition_label = "photos"}));
    must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk_.part(1)});
  }
  void shrink(std::uint64_t size, bool is_attached_anew) {
    disk_.resize(size);
    // The kernel keeps the partitions that it knows; of another start it knows none.
    if (is_attached_anew) must_run({"/usr/bin/partx", "--delete", disk_.path()});
  }
  std::vector<std::string> environment(bool is_given_up) const {
    return {"/usr/bin/env", "KGNODE_TEST_DISK=" + disk_.name(),
            "KGNODE_TEST_NODE=" + test::node_name(),
            "KGNODE_TEST_TYPE=" + std::string(to_string(type_)),
            std::format("KGNODE_TEST_GIVEN_UP={}", is_given_up ? "yes" : "no")};
  }

  core::Condition run(const std::function<void(World&)>& change = [](World&) {}) const {
    OverlaidDisks disks;
    disks.plug(disk_.name(), {.name = "sdb", .serial = "meant"});
    disks.plug(bystander_.name(), {.name = "sda", .serial = "other"});
    World world(disks);
    world.want.disk->serial = "meant";
    world.want.file_system = type_;
    change(world);
    auto report = world.enforce();
    if (report.phase == Phase::applied) CHECK(world.check().phase == Phase::in_sync);
    return report;
  }

  void check_complete() const {
    World::unmount();  // of who was killed
    const auto report = run();
    CAPTURE(report.error);
    CHECK(report.phase == Phase::applied);
    CHECK(test::list_disk(disk_.name()).marker == marker("ready"));
    const auto check = type_ == FileSystem::xfs
                           ? std::vector<std::string>{"/usr/sbin/xfs_repair", "-n", disk_.part(1)}
                           : std::vector<std::string>{"/usr/sbin/fsck.ext4", "-fn", disk_.part(1)};
    CHECK(test::run_command(check).status == 0);
    CHECK(bystander_.hash() == bystander_hash_);
  }

 private:
  FileSystem type_;
  LoopDisk disk_;
  LoopDisk bystander_{kSize};
  std::string bystander_hash_;
};

/// Runs its command up to the Nth of these calls.
std::vector<std::string> killed_at(int call) {
  return {"/usr/bin/strace",
          "-qqq",
          "-o",
          "/dev/null",
          "-e",
          "trace=write,pwrite64",
          "-e",
          std::format("inject=write,pwrite64:signal=KILL:when={}", call)};
}

bool is_long() {
  return std::getenv("KGNODE_LONG") != nullptr;  // NOLINT(concurrency-mt-unsafe): one thread
}

std::string variable(const char* name) {
  const auto* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? "" : value;
}

void approve_all(World& world) {
  const auto devices = world.disks.list();
  REQUIRE(devices);
  for (const auto& device : *devices) {
    if (device.serial == "meant" || device.name == "sdb")
      world.domain.approve(storage::fingerprint(*devices, device));
  }
}

/// How many writes mkfs makes.
int count_writes(FileSystem type) {
  const test::TempDir folder;
  const auto log = folder / "log";
  const Bench bench(type);
  const auto report = bench.run([&log](World& world) {
    world.wrapper = [&log](const std::vector<std::string>&) {
      return std::vector<std::string>{"/usr/bin/strace",     "-qqq", "-o", log, "-e",
                                      "trace=write,pwrite64"};
    };
  });
  REQUIRE(report.phase == Phase::applied);
  std::ifstream file(log);
  return static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

void cut_mkfs(FileSystem type, int call) {
  INFO(to_string(type) << " killed at write " << call);
  const Bench bench(type);
  const auto report = bench.run([call](World& world) {
    world.wrapper = [call](const std::vector<std::string>&) { return killed_at(call); };
  });
  CHECK(report.phase == Phase::failed);
  CHECK(report.error.contains("ended with 137"));
  CHECK(test::list_disk(bench.disk().name()).marker == marker("preparing"));
  bench.check_complete();
}

}  // namespace

// Hidden: the agent that is killed.
TEST_CASE("child", "[.]") {
  OverlaidDisks disks;
  disks.plug(variable("KGNODE_TEST_DISK"), {.name = "sdb", .serial = "meant"});
  World world(disks);
  world.want.disk->serial = "meant";
  if (variable("KGNODE_TEST_TYPE") == "ext4") world.want.file_system = FileSystem::ext4;
  if (variable("KGNODE_TEST_GIVEN_UP") == "yes") approve_all(world);
  const auto report = world.enforce();
  INFO(report.error);
  REQUIRE(report.phase == Phase::applied);
}

TEST_CASE("mkfs that is killed at whatever write is run again and completes") {
  const auto type = GENERATE(FileSystem::xfs, FileSystem::ext4);
  const int writes = count_writes(type);
  REQUIRE(writes > 10);
  Random random(static_cast<std::uint64_t>(writes));
  std::set<int> calls = {1, 2, writes};
  const auto wanted = static_cast<std::size_t>(is_long() ? writes : 12);
  while (calls.size() < wanted)
    calls.insert(1 + static_cast<int>(random.below(static_cast<unsigned>(writes))));
  for (const int call : calls) cut_mkfs(type, call);
  std::println("figure mkfs={} writes={} killed={}", to_string(type), writes, calls.size());
}

TEST_CASE("a data disk that became shorter is not written to, and the remedy names its old size") {
  const bool is_attached_anew = GENERATE(false, true);
  const auto type = GENERATE(FileSystem::xfs, FileSystem::ext4);
  Bench bench(type, 2 * kSize);
  REQUIRE(bench.run().phase == Phase::applied);
  World::unmount();
  bench.shrink(kSize, is_attached_anew);
  const auto hash = bench.disk().hash();
  const auto report = bench.run();
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error, Catch::Matchers::ContainsSubstring("is smaller than its partition") &&
                               Catch::Matchers::ContainsSubstring("as large as it was (1 GiB)"));
  CHECK(bench.disk().hash() == hash);
}

TEST_CASE("an agent that is killed at whatever write is completed by the next, or did nothing") {
  const bool is_given_up = GENERATE(false, true);
  const auto type = is_given_up ? FileSystem::ext4 : FileSystem::xfs;
  int refused = 0;
  int call = 1;
  for (bool through = false; !through; ++call) {
    REQUIRE(call < 300);
    INFO("killed at write " << call);
    const Bench bench(type);
    if (is_given_up) bench.put_data();
    const auto hash = bench.disk().hash();
    auto command = bench.environment(is_given_up);
    for (auto& word : killed_at(call)) command.push_back(std::move(word));
    command.push_back(std::filesystem::read_symlink("/proc/self/exe"));
    command.emplace_back("child");
    through = test::run_command(std::move(command)).status == 0;
    World::unmount();
    if (is_given_up && test::list_disk(bench.disk().name()).marker.empty()) {
      ++refused;  // nobody's word is remembered
      CHECK(bench.run().phase == Phase::failed);
      CHECK(bench.disk().hash() == hash);
    } else {
      bench.check_complete();
    }
  }
  std::println("figure given_up={} writes={} untouched={}", is_given_up, call - 2, refused);
  CHECK(call > 7);  // marker, table, marker
}
