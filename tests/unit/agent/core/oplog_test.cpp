/// The operations log: what is recorded stays, and whatever is done to it is found.
#include "agent/core/oplog.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <format>
#include <fstream>
#include <iterator>

#include "agent/base/text.hpp"
#include "agent/core/oplog_steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using namespace kgnode::core;

namespace {

struct FixedClock final : Clock {
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::microseconds(1);
  }
  std::chrono::steady_clock::time_point monotonic() const override { return {}; }
};

/// A log in a folder of its own, and hands on its files.
struct Rig {
  test::TempDir directory;
  FixedClock clock;
  Oplog::Options options{.folder = directory / "log", .boot_id = "b-1"};

  std::string path(const std::string& name) const { return options.folder + "/" + name; }
  std::string read(const std::string& name = kLogName) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text, const std::string& name = kLogName) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  Oplog open() const {
    auto log = Oplog::open(options, clock);
    REQUIRE(log);
    return *std::move(log);
  }
  // Entries 1 to `count`.
  void fill(int count) const {
    Oplog log = open();
    for (int i = 1; i <= count; ++i) {
      REQUIRE(
          log.append({.event = "step", .text = "step " + std::to_string(i), .outcome = "done"}));
    }
  }
  LogReport verify() const {
    auto report = verify_log(options.folder);
    REQUIRE(report);
    return *report;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> list;
    const std::string all = read();
    for (const auto line : split(trim(all), '\n')) list.emplace_back(line);
    return list;
  }
  void write_lines(const std::vector<std::string>& list) const { write(join(list, "\n") + "\n"); }
};

std::string break_of(const LogReport& report) {
  if (!report.first_break) return "whole";
  const auto& found = *report.first_break;
  return std::format("{} {}:{} {}", to_string(found.kind), found.file, found.line, found.text);
}

}  // namespace

TEST_CASE("oplog: an entry has actor, texts and outcome, and absent ones are null") {
  const Rig rig;
  {
    Oplog log = rig.open();
    const auto point = log.append({.actor = {false, 1000, 100, 77, "ops"},
                                   .event = "apply",
                                   .text = "apply \x1b[2J",
                                   .before = "a",
                                   .outcome = "refused",
                                   .error = "no"});
    REQUIRE(point);
    CHECK(point->seq == 1);
    CHECK(point->hash.size() == 64);
  }
  const std::string line = rig.read();
  CHECK(line.starts_with(R"({"seq":1,"prev":")" + std::string(64, '0') +
                         R"(","time":"2026-03-01T00:00:00.000001Z","boot":"b-1",)"
                         R"("actor":{"kind":"peer","uid":1000,"gid":100,"pid":77,"name":"ops"},)"
                         R"("event":"apply","domain":null,"text":"apply \\x1b[2J","before":"a",)"
                         R"("after":null,"outcome":"refused","error":"no","hash":")"));
}

TEST_CASE("oplog: files are for root alone") {
  const Rig rig;
  rig.fill(1);
  for (const auto* name : {kLogName, kHeadName, kKeyName}) {
    struct stat info{};
    REQUIRE(::stat(rig.path(name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
}

TEST_CASE("oplog: a log that nobody touched is whole, over restarts too") {
  const Rig rig;
  rig.fill(3);
  rig.fill(2);
  const LogReport report = rig.verify();
  CHECK(break_of(report) == "whole");
  CHECK(report.entries == 5);
  CHECK(report.last.seq == 5);
}

TEST_CASE("oplog: an empty log is whole") {
  const Rig rig;
  rig.fill(0);
  CHECK(break_of(rig.verify()) == "whole");
}

TEST_CASE("oplog: a changed byte is found, wherever it is") {
  const Rig rig;
  rig.fill(3);
  const std::string good = rig.read();
  const std::size_t second = good.find('\n') + 1;
  const std::size_t end = good.find('\n', second);
  for (std::size_t i = second; i < end; i += 7) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    rig.write(bad);
    CAPTURE(i);
    CHECK(break_of(rig.verify()) == "edited operations.log:2 not entry 2 as it was written");
  }
}

TEST_CASE("oplog: lines that are taken out, moved, repeated or put in are found") {
  const Rig rig;
  rig.fill(5);
  const auto good = rig.lines();
  const struct {
    std::vector<std::string> lines;
    std::string expected;
  } rows[] = {
      {{good[1], good[2], good[3], good[4]}, "deleted operations.log:1 entry 1 is missing"},
      {{good[0], good[3], good[4]}, "deleted operations.log:2 entries 2 to 3 are missing"},
      {{good[0], good[2], good[1], good[3], good[4]},
       "reordered operations.log:2 entry 2 comes later, in operations.log:3"},
      {{good[0], good[1], good[1], good[2], good[3], good[4]},
       "reordered operations.log:3 entry 2 stands after entry 2"},
      {{good[0], "{}", good[1], good[2], good[3], good[4]},
       "edited operations.log:2 not entry 2 as it was written"},
      {{good[0], good[1], good[2], good[3]},
       "truncated operations.log:0 ends with entry 4, but entry 5 was written"},
      {{good[0]}, "truncated operations.log:0 ends with entry 1, but entry 5 was written"},
  };
  for (const auto& row : rows) {
    rig.write_lines(row.lines);
    CHECK(break_of(rig.verify()) == row.expected);
  }
  rig.write("");
  CHECK(break_of(rig.verify()) ==
        "truncated operations.log:0 ends with entry 0, but entry 5 was written");
  std::filesystem::remove(rig.path(kLogName));
  CHECK(rig.verify().first_break->kind == BreakKind::truncated);
}

TEST_CASE("oplog: a line of another log does not fit, even with the right number") {
  const Rig rig;
  const Rig other;
  rig.fill(2);
  other.fill(2);
  auto mixed = rig.lines();
  mixed[1] = other.lines()[1];
  rig.write_lines(mixed);
  CHECK(break_of(rig.verify()) == "edited operations.log:2 not entry 2 as it was written");
}

TEST_CASE("oplog: an older copy put back and written on is found as a fork") {
  const Rig rig;
  rig.fill(2);
  const std::string old_log = rig.read();
  const std::string old_head = rig.read(kHeadName);
  rig.fill(1);
  const std::string third = rig.lines()[2];
  rig.write(old_log);
  rig.write(old_head, kHeadName);
  {
    Oplog log = rig.open();
    REQUIRE(log.append({.event = "step", .text = "other"}));
    REQUIRE(log.append({.event = "step", .text = "more"}));
  }
  auto mixed = rig.lines();
  mixed[2] = third;
  rig.write_lines(mixed);
  CHECK(break_of(rig.verify()) ==
        "forked operations.log:4 entry 4 follows another entry 3 than this one");
}

TEST_CASE("oplog: a head that is gone, changed or old is found") {
  const Rig rig;
  rig.fill(1);
  const std::string old_head = rig.read(kHeadName);
  rig.fill(2);
  rig.write(old_head, kHeadName);
  CHECK(break_of(rig.verify()) ==
        "forked operations.head:0 knows entry 1, but the log ends with entry 3: an older head was "
        "put back");
  std::string changed = old_head;
  changed[changed.find(R"("last_seq":1)") + 11] = '2';
  rig.write(changed, kHeadName);
  CHECK(break_of(rig.verify()) == "edited operations.head:0 the head of the log is not ours");
  std::filesystem::remove(rig.path(kHeadName));
  CHECK(break_of(rig.verify()) == "deleted operations.head:0 the head of the log is not ours");
}

TEST_CASE("oplog: without its key nobody can tell") {
  const Rig rig;
  rig.fill(1);
  std::filesystem::remove(rig.path(kKeyName));
  const auto report = verify_log(rig.options.folder);
  REQUIRE_FALSE(report);
  CHECK(report.error().message().contains("without it nobody can tell"));
}

TEST_CASE("oplog: a crash between line and head is no break, and is repaired at the next start") {
  const Rig rig;
  rig.fill(2);
  const std::string head = rig.read(kHeadName);
  rig.fill(1);
  rig.write(head, kHeadName);
  CHECK(break_of(rig.verify()) == "whole");
  CHECK(rig.open().notes().empty());
  rig.fill(1);
  CHECK(break_of(rig.verify()) == "whole");
  CHECK(rig.verify().last.seq == 4);
}

TEST_CASE("oplog: a torn last line is found, moved aside at the next start, and recorded") {
  const Rig rig;
  rig.fill(2);
  rig.write(rig.read() + R"({"seq":3,"prev")");
  CHECK(break_of(rig.verify()) == "torn operations.log:3 the line after entry 2 has no end");
  {
    const Oplog log = rig.open();
    REQUIRE(log.notes().size() == 1);
    CHECK(log.notes()[0] ==
          "the last line was torn (15 bytes after entry 2), moved to " + rig.path(kTornName));
  }
  CHECK(rig.read(kTornName) == "{\"seq\":3,\"prev\"\n");
  CHECK(break_of(rig.verify()) == "whole");
  CHECK(rig.lines().back().contains(R"("event":"log.repaired")"));
}

TEST_CASE("oplog: after a cut the chain goes on, and the break stays visible") {
  const Rig rig;
  rig.fill(4);
  auto lines = rig.lines();
  lines.resize(2);
  rig.write_lines(lines);
  CHECK(rig.open().notes().size() == 1);
  rig.fill(1);
  CHECK(break_of(rig.verify()) == "deleted operations.log:3 entries 3 to 4 are missing");
}

TEST_CASE("oplog: a log whose key or head is gone starts anew and keeps the old one") {
  for (const auto* name : {kKeyName, kHeadName}) {
    const Rig rig;
    rig.fill(2);
    const std::string old_log = rig.read();
    std::filesystem::remove(rig.path(name));
    CHECK(rig.open().notes().size() == 1);
    CHECK(break_of(rig.verify()) == "whole");
    CHECK(rig.lines().size() == 1);
    bool kept = false;
    for (const auto& entry : std::filesystem::directory_iterator(rig.options.folder)) {
      const std::string file = entry.path().filename();
      kept = kept || (file.starts_with("aside-") && rig.read(file) == old_log);
    }
    CHECK(kept);
  }
}

TEST_CASE("oplog: the chain goes on over files, and the oldest is given up in order") {
  Rig rig;
  rig.options.file_bytes = 1000;  // three entries
  rig.options.files = 3;
  rig.fill(20);
  const LogReport report = rig.verify();
  CHECK(break_of(report) == "whole");
  CHECK(report.last.seq == 20);
  CHECK(report.entries < 20);
  std::size_t files = 0;
  std::string oldest = "operations-999999999999.log";
  for (const auto& entry : std::filesystem::directory_iterator(rig.options.folder)) {
    const std::string name = entry.path().filename();
    files += name.ends_with(".log") ? 1 : 0;
    if (name.starts_with("operations-")) oldest = std::min(oldest, name);
  }
  CHECK(files == 3);
  // The tail reaches over files; what is gone is gone.
  const auto tail = rig.open().tail(4);
  REQUIRE(tail);
  REQUIRE(tail->size() == 4);
  CHECK(tail->front().at("seq") == 17);
  CHECK(tail->back().at("text") == "step 20");
  std::filesystem::remove(rig.path(oldest));
  CHECK(rig.verify().first_break->kind == BreakKind::deleted);
}

TEST_CASE("oplog: only one process writes") {
  const Rig rig;
  const Oplog log = rig.open();
  const auto second = Oplog::open(rig.options, rig.clock);
  REQUIRE_FALSE(second);
  CHECK(second.error().message().contains("does another kgnode run?"));
}

TEST_CASE("oplog: what cannot be recorded leaves no trace, and the next entry fits") {
  const Rig rig;
  Oplog log = rig.open();
  REQUIRE(log.append({.event = "step", .text = "one"}));
  // A folder where the new head is to be written: the line is there, its head cannot be.
  std::filesystem::create_directory(rig.path("operations.head.new"));
  const auto failed = log.append({.event = "step", .text = "two"});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message().starts_with("record in"));
  CHECK(rig.lines().size() == 1);
  CHECK(break_of(rig.verify()) == "whole");

  OplogSteps steps(log, {});
  steps.record("ssh", {.text = "three"}, "");
  REQUIRE(steps.finding());
  CHECK(steps.finding()->id == "log.not_recorded");
  std::filesystem::remove(rig.path("operations.head.new"));
  steps.record("ssh", {.text = "four"}, "broken");
  CHECK_FALSE(steps.finding());
  CHECK(rig.lines().back().contains(
      R"("text":"four","before":null,"after":null,"outcome":"failed")"));
  CHECK(break_of(rig.verify()) == "whole");
}

TEST_CASE("oplog: a text without end is cut and says so") {
  const Rig rig;
  REQUIRE(rig.open().append({.event = "step", .text = std::string(10'000, 'a')}));
  CHECK(rig.read().size() < 5000);
  CHECK(rig.read().contains("a ... (10000 bytes)"));
}
