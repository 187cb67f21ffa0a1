/// What an unconfirmed change means after a crash, a reboot or its deadline.
#include "agent/state/pending.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace std::chrono_literals;
using kgnode::state::judge, kgnode::state::Pending, kgnode::state::Verdict;

namespace {

const Pending kPending{.previous = "schema = 1\n",
                       .wanted_hash = "new",
                       .boot_id = "boot-1",
                       .deadline = 120s,
                       .by = 1000};

}  // namespace

TEST_CASE("pending: the verdict follows from what is in force, the boot and the time") {
  struct Row {
    const char* what;
    std::string in_force, boot;
    kgnode::state::BootTime now;
    Verdict verdict;
  };
  const auto row =
      GENERATE(Row{"killed before its deadline", "new", "boot-1", 60s, Verdict::wait},
               Row{"killed, back after the deadline", "new", "boot-1", 120s, Verdict::revert},
               Row{"rebooted, the boot clock is small again", "new", "boot-2", 5s, Verdict::revert},
               Row{"killed before node.toml was written", "old", "boot-1", 60s, Verdict::stale},
               Row{"killed after it was put back", "old", "boot-1", 180s, Verdict::stale},
               Row{"rebooted after it was put back", "old", "boot-2", 5s, Verdict::stale});
  INFO(row.what);
  CHECK(judge(kPending, row.in_force, {.boot_id = row.boot, .now = row.now}) == row.verdict);
}

TEST_CASE("pending: the record comes back as it was written, readable by root only") {
  test::FakeFiles files;
  kgnode::state::PendingFile record(files, "/pending.json");
  CHECK(record.load().value() == std::nullopt);
  REQUIRE(record.save(kPending));
  CHECK(record.load().value() == kPending);
  CHECK(files.modes["/pending.json"].mode == 0600);
  REQUIRE(record.clear());
  CHECK(record.load().value() == std::nullopt);
}

TEST_CASE("pending: a damaged record is an error that names the file and the way out") {
  test::FakeFiles files;
  files.files["/pending.json"] =
      GENERATE("", "{", "[]", R"({"previous": 1})", R"({"previous": "", "wanted_hash": "x"})");
  kgnode::state::PendingFile record(files, "/pending.json");
  const auto loaded = record.load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message().starts_with("\"/pending.json\" is damaged"));
  CHECK(loaded.error().message().contains("remove the file"));
}
