/// From lines to bans and back after a crash, with everything around it in memory but the store.
#include "hardening/ban/engine.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <format>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/fake_file_follower.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/fake_nftables.hpp"
#include "tests/support/manual_timers.hpp"
#include "tests/support/temp_dir.hpp"

using namespace std::chrono_literals;
using namespace kgnode;
using namespace kgnode::hardening::ban;

namespace {

const Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
constexpr std::size_t kAppPattern = 2;  // behind the two built-in jails that read files
constexpr auto kPods = "/var/log/pods/web_app-1_u/app/0.log";

/// The engine owns what it opens; the test keeps the journal across the lives of the agent.
struct JournalFace final : sys::Journal {
  explicit JournalFace(test::FakeJournal& real) : real_(real) {}
  Result<sys::Continuity> seek(const std::string& cursor) override { return real_.seek(cursor); }
  Result<> seek_since(Time time) override { return real_.seek_since(time); }
  Result<std::optional<sys::JournalEntry>> next() override { return real_.next(); }
  Result<std::optional<std::string>> field(std::string_view name) override {
    return real_.field(name);
  }
  Result<std::string> cursor() override { return real_.cursor(); }
  std::uint64_t unreadable() const override { return 0; }
  int fd() const override { return fd_.get(); }
  Result<sys::Continuity> process() override { return real_.process(); }
  test::FakeJournal& real_;
  UniqueFd fd_{::eventfd(0, EFD_CLOEXEC)};  // never readable
};

struct FilesFace final : sys::FileFollower {
  explicit FilesFace(test::FakeFileFollower& real) : real_(real) {}
  Result<sys::FileBatch> poll(std::size_t limit) override { return real_.poll(limit); }
  std::vector<sys::FilePosition> positions() const override { return real_.positions(); }
  sys::FileCounters counters() const override { return real_.counters(); }
  int fd() const override { return fd_.get(); }
  test::FakeFileFollower& real_;
  UniqueFd fd_{::eventfd(0, EFD_CLOEXEC)};
};

/// What outlives the agent.
struct World {
  test::TempDir folder;
  test::FakeJournal journal;
  test::FakeFileFollower files;
  test::FakeNftables nftables;
  test::ManualClock clock;
  std::vector<std::string> told;

  World() { clock.wall_time = kStart; }

  void log(std::string_view address, int count = 1, const std::string& unit = "ssh.service") {
    for (int i = 0; i < count; ++i) {
      journal.entries.push_back(
          {.message = std::format("Invalid user nobody from {} port 4{}", address, i),
           .time = clock.wall_time,
           .fields = {{"_SYSTEMD_UNIT", unit}}});
    }
  }
};

config::Ban make_settings() {
  return {.jails = {{.name = "sshd", .threshold = 6},
                    {.name = "app",
                     .file = "/var/log/pods/web_app-*_*/app/*.log",
                     .pattern = R"(login failed from (?P<addr>\S+)$)",
                     .threshold = 2}}};
}

/// One life of the agent.
struct Life {
  World& world;
  test::ManualTimers timers{};
  Store store;
  KernelSets kernel;
  Book book;
  Engine engine;

  explicit Life(World& of)
      : world(of),
        store(of.folder.path() + "/bans.db"),
        kernel(of.nftables),
        book(store, kernel, of.clock.wall()),
        engine({.book = book,
                .store = store,
                .clock = of.clock,
                .timers = timers,
                .open_journal =
                    [&of](std::vector<sys::JournalMatch>) -> Result<std::unique_ptr<sys::Journal>> {
                  return std::make_unique<JournalFace>(of.journal);
                },
                .open_files = [&of](std::vector<std::string>,
                                    std::optional<std::vector<sys::FilePosition>> from)
                    -> Result<std::unique_ptr<sys::FileFollower>> {
                  if (from) of.files.resume(*from);
                  return std::make_unique<FilesFace>(of.files);
                },
                .seed = 1,
                .tell = [&of](std::string_view text) { of.told.emplace_back(text); }},
               *sys::FdSet::make()) {
    REQUIRE(book.restore({}, of.clock.wall()));
    REQUIRE(engine.work_by(make_settings(), {{*parse_prefix("10.0.0.0/24"), "the vRack"}}));
    timers.advance(1ms);
  }

  void pass(std::chrono::milliseconds time) {
    world.clock.wall_time += time;
    timers.advance(time);
  }

  std::vector<std::string> banned() {
    std::vector<std::string> names;
    auto bans = book.list(world.clock.wall());
    REQUIRE(bans);
    for (const auto& ban : *bans) names.push_back(to_string(ban.source));
    std::ranges::sort(names);
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("ban engine: lines of the journal lead to a ban in the kernel and on disk") {
  World world;
  Life life(world);
  world.log("203.0.113.7", 2);
  life.engine.look();
  CHECK(life.banned().empty());
  world.log("203.0.113.7");
  life.engine.look();
  CHECK(life.banned() == Names{"203.0.113.7"});
  CHECK(world.nftables.elements["ban4"].size() == 1);
  CHECK(world.told.back() == "ban: 203.0.113.7 is banned for 1h by jail sshd");
  const auto story = life.book.tell(*parse_prefix("203.0.113.7"));
  REQUIRE(story);
  CHECK((*story)->lines.size() == 3);
}

TEST_CASE("ban engine: a line of another unit, or a cut one, is nobody's offence") {
  World world;
  Life life(world);
  world.log("203.0.113.7", 9, "user@1000.service");
  world.log("203.0.113.8", 9);
  for (auto& entry : world.journal.entries)
    entry.cut = entry.fields["_SYSTEMD_UNIT"] == "ssh.service";
  life.engine.look();
  CHECK(life.banned().empty());
  CHECK(life.engine.counters()[0].hits == 0);
}

TEST_CASE("ban engine: a jail that no longer knows its program's lines says so, once") {
  World world;
  Life life(world);
  const auto log = [&world, &life](std::string_view text, int count, const std::string& unit) {
    for (int i = 0; i < count; ++i) {
      world.journal.entries.push_back({.message = std::string(text),
                                       .time = world.clock.wall_time,
                                       .fields = {{"_SYSTEMD_UNIT", unit}}});
    }
    life.engine.look();
  };
  const auto& seen = life.engine.counters()[0];
  log("Wrong guess by 203.0.113.7", 99, "ssh.service");
  log("pam_unix(sshd:session): session opened for user ops(uid=1000)", 500, "ssh.service");
  log("K3s says something", 500, "k3s.service");
  CHECK_FALSE(seen.misread.is_too_much());
  log("Login of root refused for 203.0.113.7", 1 + 99, "ssh.service");
  CHECK(seen.misread.is_too_much());
  CHECK(world.told ==
        Names{"ban: jail sshd does not know the shape of most of the lines it reads: \"Login of "
              "root refused for 203.0.113.7\""});
  log("Accepted publickey for ops from 10.0.0.9 port 1 ssh2: ED25519 x", 150, "ssh.service");
  CHECK_FALSE(seen.misread.is_too_much());
}

TEST_CASE("ban engine: log files that were gone too soon, or are too many, are no secret") {
  World world;
  Life life(world);
  life.engine.look();
  CHECK(life.engine.trouble().empty());
  world.files.count = {.left_out = 3, .gaps = 1};
  life.engine.look();
  life.engine.look();
  CHECK(world.told ==
        Names{"ban: a log file was gone before it was read again: lines may be missing"});
  CHECK(life.engine.trouble() == "3 log files or folders are not followed: there are too many");
  world.files.count.left_out = 0;
  life.engine.look();
  CHECK(life.engine.trouble().empty());
}

TEST_CASE("ban engine: who is never banned is not, and is shown") {
  World world;
  Life life(world);
  world.log("10.0.0.12", 9);
  life.engine.look();
  CHECK(life.banned().empty());
  CHECK(life.engine.spared().at(*parse_address("10.0.0.12")).reason == "the vRack");
}

TEST_CASE("ban engine: logs of pods are read without their prefix, long lines put together") {
  World world;
  Life life(world);
  world.files.files[kPods] = {
      .patterns = {kAppPattern},
      .lines = {"2026-03-01T00:00:00.1Z stdout P login failed from ",
                "2026-03-01T00:00:00.1Z stdout F 203.0.113.9",
                "2026-03-01T00:00:00.2Z stdout F login failed from 203.0.113.9"}};
  life.engine.look();
  CHECK(life.banned() == Names{"203.0.113.9"});
}

TEST_CASE("ban engine: a flood is read in slices, and the loop runs in between") {
  World world;
  Life life(world);
  world.log("203.0.113.7", 5 * Engine::kLines);
  life.engine.look();
  CHECK(life.engine.counters()[0].lines == Engine::kLines);
  life.pass(10ms);
  CHECK(life.engine.counters()[0].lines == 5 * Engine::kLines);
  CHECK(life.engine.counters()[0].bans == 1);
}

TEST_CASE("ban engine: counts survive a restart, and no line counts twice") {
  World world;
  {
    Life life(world);
    world.log("203.0.113.7", 2);
    life.engine.look();
    life.pass(Engine::kSaveAfter);
    world.log("203.0.113.8", 2);  // read, but not saved: the agent is killed
    life.engine.look();
  }
  Life next(world);
  CHECK(next.banned().empty());
  world.log("203.0.113.7");
  world.log("203.0.113.8");
  next.engine.look();
  CHECK(next.banned() == Names{"203.0.113.7", "203.0.113.8"});
}

TEST_CASE("ban engine: lines that led to a ban are read again after a crash and are no strike") {
  World world;
  {
    Life life(world);
    world.log("203.0.113.7", 3);
    life.engine.look();
    CHECK(life.banned().size() == 1);
  }
  Life next(world);
  CHECK(next.banned().size() == 1);
  CHECK(next.engine.counters()[0].bans == 0);
  next.pass(2h);
  CHECK(next.banned().empty());
  world.log("203.0.113.7", 3);
  next.engine.look();
  const auto ban = next.book.find(*parse_address("203.0.113.7"), world.clock.wall());
  REQUIRE(ban);
  CHECK((*ban)->strikes == 2);
  CHECK((*ban)->until - (*ban)->since == 4h);
}

TEST_CASE("ban engine: whatever moment it is killed at, the bans are those of a life without") {
  World calm;
  Names expected;
  const auto attack = [](World& world, int round) {
    world.log(std::format("203.0.113.{}", round % 7), 1);
    world.log(std::format("198.51.100.{}", round), 1);
    world.clock.wall_time += 1s;
  };
  {
    Life life(calm);
    for (int round = 0; round < 60; ++round) {
      attack(calm, round);
      life.engine.look();
    }
    expected = life.banned();
  }
  CHECK(expected.size() == 7);
  for (int kill_every = 1; kill_every < 12; ++kill_every) {
    World world;
    auto life = std::make_unique<Life>(world);
    for (int round = 0; round < 60; ++round) {
      attack(world, round);
      life->engine.look();
      if (round % 5 == 0) life->engine.save();
      if (round % kill_every == 0) {
        life.reset();
        life = std::make_unique<Life>(world);
      }
    }
    INFO("killed every " << kill_every << " rounds");
    CHECK(life->banned() == expected);
    for (const auto& name : expected) {
      const auto story = life->book.tell(*parse_prefix(name));
      REQUIRE(story);
      CHECK((*story)->ban.strikes == 1);
    }
  }
}

TEST_CASE(
    "ban engine: a jail that is switched off takes its counts with it, the others keep theirs") {
  World world;
  Life life(world);
  world.log("203.0.113.7", 2);
  world.files.files[kPods] = {.patterns = {kAppPattern},
                              .lines = {"login failed from 203.0.113.9"}};
  life.engine.look();
  auto settings = make_settings();
  settings.jails[1].enabled = false;
  REQUIRE(life.engine.work_by(settings, {}));
  life.pass(1ms);
  world.log("203.0.113.7");
  life.engine.look();
  CHECK(life.banned() == Names{"203.0.113.7"});
  CHECK(life.engine.jails().size() == 4);
}

TEST_CASE("ban engine: a kernel that refuses is told and looked at again; the ban is stored") {
  World world;
  Life life(world);
  world.nftables.refuse_edits = true;
  world.log("203.0.113.7", 3);
  life.engine.look();
  CHECK_FALSE(*life.book.is_in_kernel());
  CHECK(life.banned() == Names{"203.0.113.7"});
  world.nftables.refuse_edits = false;
  REQUIRE(life.book.restore({}, world.clock.wall()));
  CHECK(world.nftables.elements["ban4"].size() == 1);
}

TEST_CASE("ban checkpoint: bytes come back as they were, and damage is noticed") {
  const Checkpoint checkpoint{
      .cursor = "s=1;i=2",
      .files = {{.path = "/var/log/a", .inode = 7, .offset = 99, .hash = "ab"}},
      .jails = {"sshd/600"},
      .counts = {{.source = *parse_prefix("203.0.113.7"), .newest = 5, .parts = {1, 2}},
                 {.source = *parse_prefix("2001:db8::/64"),
                  .newest = 6,
                  .parts = {3, 0, 0, 0, 0, 0, 0, 0, 0, 65535}}}};
  const auto bytes = encode(checkpoint);
  CHECK(decode(bytes) == checkpoint);
  Tally tally(8, 1);
  tally.set_windows({600s});
  for (const auto& entry : checkpoint.counts) tally.put(entry);
  const auto same = decode(encode({.cursor = "s=1"}, tally));
  REQUIRE(same);
  CHECK(std::ranges::is_permutation(same->counts, checkpoint.counts));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(decode(std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(decode(bytes + "x"));
  CHECK_FALSE(decode(std::string(64, '\xff')));
}
