#include "agent/sys/file_follower.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/sys/real_file_follower.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode::sys;
namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

namespace {

void append(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

RealFileFollower follow(const std::string& pattern, std::optional<std::vector<FilePosition>> from =
                                                        std::vector<FilePosition>{}) {
  const std::vector<std::string> patterns{pattern};
  auto follower = RealFileFollower::open(patterns, std::move(from));
  REQUIRE(follower);
  return *std::move(follower);
}

Lines drain(RealFileFollower& follower, std::size_t limit = 1000) {
  Lines lines;
  for (bool more = true; more;) {
    const auto batch = follower.poll(limit);
    REQUIRE(batch);
    CHECK(batch->lines.size() <= limit);
    for (const auto& line : batch->lines) lines.emplace_back(line.text);
    more = batch->more;
  }
  return lines;
}

}  // namespace

TEST_CASE("file follower: a first start begins at the end, inside the line that is written",
          "[sys]") {
  const test::TempDir folder;
  append(folder / "a.log", "old\nhal");
  auto follower = follow(folder / "a.log", std::nullopt);
  CHECK(drain(follower).empty());
  append(folder / "a.log", "f\nnew\n");
  CHECK(drain(follower) == Lines{"half", "new"});
}

TEST_CASE("file follower: a file that appears later is read from its beginning", "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "pods/*/*.log", std::nullopt);
  CHECK(drain(follower).empty());
  fs::create_directories(folder / "pods/web");
  append(folder / "pods/web/0.log", "one\n");
  CHECK(drain(follower) == Lines{"one"});
  fs::create_directories(folder / "pods/db");
  append(folder / "pods/db/0.log", "two\n");
  CHECK(drain(follower) == Lines{"two"});
  CHECK(follower.counters().followed == 2);
}

TEST_CASE("file follower: a line counts when its line feed is there", "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "a.log");
  append(folder / "a.log", "par");
  CHECK(drain(follower).empty());
  append(folder / "a.log", "tial\n\n");
  CHECK(drain(follower) == Lines{"partial", ""});
}

TEST_CASE("file follower: a line above the limit is skipped and counted, the next one read",
          "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "a.log");
  const std::string longest(FileFollower::kLineLimit, 'x');
  append(folder / "a.log", longest + "\n" + longest + "x\nshort\n");
  CHECK(drain(follower) == Lines{longest, "short"});
  CHECK(follower.counters().too_long == 1);
  // In pieces, across polls and a restart.
  for (int i = 0; i < 5; ++i) {
    append(folder / "a.log", longest);
    CHECK(drain(follower).empty());
  }
  auto next = follow(folder / "a.log", follower.positions());
  append(folder / "a.log", "end\nafter\n");
  CHECK(drain(next) == Lines{"after"});
  CHECK(next.counters().too_long == 1);
}

TEST_CASE("file follower: a renamed file is read to its end before the new one", "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "a.log");
  append(folder / "a.log", "1\n");
  CHECK(drain(follower) == Lines{"1"});
  append(folder / "a.log", "2\n");
  fs::rename(folder / "a.log", folder / "a.log.1");
  append(folder / "a.log", "4\n");
  append(folder / "a.log.1", "3\n");
  CHECK(drain(follower, 1) == Lines{"2", "3", "4"});
  // Whoever has not noticed the rename still writes to the old one.
  append(folder / "a.log.1", "late\n");
  CHECK(drain(follower) == Lines{"late"});
}

TEST_CASE("file follower: rotated while it was down, read from where it stood", "[sys]") {
  const test::TempDir folder;
  std::vector<FilePosition> positions;
  {
    auto follower = follow(folder / "a.log");
    append(folder / "a.log", "1\n2\n");
    CHECK(drain(follower) == Lines{"1", "2"});
    positions = follower.positions();
  }
  append(folder / "a.log", "3\n");
  fs::rename(folder / "a.log", folder / "a-renamed");
  SECTION("and there is a new one") {
    append(folder / "a.log", "4\n");
    auto next = follow(folder / "a.log", positions);
    CHECK(drain(next) == Lines{"3", "4"});
    CHECK(next.counters().gaps == 0);
  }
  SECTION("and there is none yet") {
    auto next = follow(folder / "a.log", positions);
    CHECK(drain(next) == Lines{"3"});
    append(folder / "a.log", "4\n");
    CHECK(drain(next) == Lines{"4"});
  }
  SECTION("and it is gone: a gap is counted") {
    fs::remove(folder / "a-renamed");
    append(folder / "a.log", "4\n");
    auto next = follow(folder / "a.log", positions);
    CHECK(drain(next) == Lines{"4"});
    CHECK(next.counters().gaps == 1);
  }
}

TEST_CASE("file follower: cut off in place, it begins anew, even when grown beyond", "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "a.log");
  append(folder / "a.log", "first\nsecond\n");
  CHECK(drain(follower).size() == 2);
  fs::resize_file(folder / "a.log", 0);
  append(folder / "a.log", "third\n");
  CHECK(drain(follower) == Lines{"third"});
  fs::resize_file(folder / "a.log", 0);
  append(folder / "a.log", "fourth and longer than before\n");
  CHECK(drain(follower) == Lines{"fourth and longer than before"});

  const auto positions = follower.positions();
  fs::resize_file(folder / "a.log", 0);
  append(folder / "a.log", "fifth and again longer than it was before\n");
  auto next = follow(folder / "a.log", positions);
  CHECK(drain(next) == Lines{"fifth and again longer than it was before"});
  CHECK(next.counters().gaps == 1);
}

TEST_CASE("file follower: another file that was given the same inode is not taken for the old one",
          "[sys]") {
  const test::TempDir folder;
  append(folder / "a.log", "new content\n");
  struct stat status{};
  REQUIRE(::stat((folder / "a.log").c_str(), &status) == 0);
  const FilePosition old{folder / "a.log", status.st_ino, 4, "of other bytes"};
  auto follower = follow(folder / "a.log", std::vector{old});
  CHECK(drain(follower) == Lines{"new content"});
  CHECK(follower.counters().gaps == 1);
}

TEST_CASE("file follower: a pattern that matches the rotated name too reads nothing twice",
          "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "audit*.log");
  Lines all;
  for (int round = 0; round < 8; ++round) {
    append(folder / "audit.log", std::format("{}\n", round));
    for (auto& line : drain(follower)) all.push_back(line);
    fs::rename(folder / "audit.log", folder / std::format("audit-2026-{}.log", round));
    for (auto& line : drain(follower)) all.push_back(line);
    if (round % 3 == 2) follower = follow(folder / "audit*.log", follower.positions());
  }
  CHECK(all == Lines{"0", "1", "2", "3", "4", "5", "6", "7"});
}

TEST_CASE("file follower: what is no regular file is left alone", "[sys]") {
  const test::TempDir folder;
  append(folder / "secret", "not yours\n");
  fs::create_symlink(folder / "secret", folder / "link.log");
  REQUIRE(::mkfifo((folder / "pipe.log").c_str(), 0600) == 0);
  auto follower = follow(folder / "*.log");
  CHECK(drain(follower).empty());
  CHECK(follower.counters() == FileCounters{});
}

TEST_CASE("file follower: above the limit of files the rest is counted", "[sys]") {
  const test::TempDir folder;
  for (std::size_t i = 0; i < FileFollower::kMaxPaths + 3; ++i)
    append(folder / std::format("{}.log", i), "x\n");
  auto follower = follow(folder / "*.log");
  CHECK(drain(follower).size() == FileFollower::kMaxPaths);
  CHECK(follower.counters().left_out == 3);
}

TEST_CASE("file follower: a flooded file does not keep the others waiting", "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "*.log");
  append(folder / "a.log", std::string(std::size_t{1} << 20, '\n'));
  append(folder / "b.log", "quiet\n");
  bool heard = false;
  for (int polls = 0; polls < 3 && !heard; ++polls) {
    const auto batch = follower.poll(100);
    REQUIRE(batch);
    for (const auto& line : batch->lines) heard = heard || line.text == "quiet";
  }
  CHECK(heard);
}

TEST_CASE("file follower: a deleted file is let go, its space is free", "[sys]") {
  const test::TempDir folder;
  auto follower = follow(folder / "a.log");
  append(folder / "a.log", "last words\n");
  fs::remove(folder / "a.log");
  CHECK(drain(follower).empty());  // never seen: it came and went between two looks
  append(folder / "a.log", "1\n");
  CHECK(drain(follower) == Lines{"1"});
  append(folder / "a.log", "2\n");
  fs::remove(folder / "a.log");
  CHECK(drain(follower) == Lines{"2"});
  CHECK(drain(follower).empty());
  CHECK(follower.positions().empty());
}

TEST_CASE("file follower: lines carry all patterns that match their path", "[sys]") {
  const test::TempDir folder;
  const std::vector<std::string> patterns{folder / "a*.log", folder / "b.log", folder / "*.log"};
  auto follower = RealFileFollower::open(patterns, std::nullopt);
  REQUIRE(follower);
  append(folder / "a.log", "x\n");
  const auto batch = follower->poll(10);
  REQUIRE(batch);
  REQUIRE(batch->lines.size() == 1);
  CHECK(batch->lines[0].path == folder / "a.log");
  CHECK(std::ranges::equal(batch->lines[0].patterns, std::vector<std::size_t>{0, 2}));
}
