/// The domain: the two laws, what is lifted, and what becomes of block lists.
#include <string>
#include <vector>

#include "hardening/ban/ban.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_nftables.hpp"
#include "tests/support/manual_timers.hpp"
#include "tests/support/temp_dir.hpp"

using namespace std::chrono_literals;
using namespace kgnode;
using namespace kgnode::hardening;

namespace {

constexpr auto kList = "/etc/kgnode/block.txt";

struct Rig {
  test::TempDir folder;
  test::FakeFiles files;
  test::FakeNftables nftables;
  test::ManualTimers timers;
  test::ManualClock clock;
  std::vector<Address> own = {*parse_address("54.36.113.86")};
  std::string late;
  ban::Store store{folder.path() + "/bans.db"};
  ban::KernelSets kernel{nftables};
  ban::Book book{store, kernel, clock.wall()};
  ban::Engine engine{{.book = book,
                      .store = store,
                      .clock = clock,
                      .timers = timers,
                      .open_journal = [](auto) { return fail(Error::plain("no journal here")); },
                      .open_files = [](auto, auto) { return fail(Error::plain("no files here")); }},
                     *sys::FdSet::make()};
  Bans bans{{.engine = engine,
             .book = book,
             .files = files,
             .clock = clock,
             .list_addresses = [this] { return Result<std::vector<Address>>(own); },
             .why_late = [this] { return late; }}};

  Rig() { clock.wall_time = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1); }

  core::Condition run(const Bans::Desired& want, core::Mode mode = core::Mode::enforce) {
    return test::reconcile(bans, want, mode);
  }
  void ban(std::string_view source) {
    const auto now = clock.wall();
    REQUIRE(book.add(
        {{.ban = {.source = *parse_prefix(source), .jail = "sshd", .since = now, .until = now + 1h},
          .lines = {}}},
        now));
  }
};

/// Without jails: they have a test of their own, with lines.
Bans::Desired make_desired() {
  return {.settings = {.enabled = false, .block_lists = {kList}},
          .never = {{*parse_prefix("10.0.0.0/24"), "the vRack"}}};
}

std::vector<std::string> texts(const core::Condition& condition) {
  std::vector<std::string> all;
  for (const auto& step : condition.steps) all.push_back(step.text);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("ban domain: applied once it is in sync, and a second run does nothing") {
  Rig rig;
  rig.files.files[kList] = "198.51.100.0/24\n";
  rig.ban("203.0.113.7");
  test::check_laws(rig.bans, make_desired());
}

TEST_CASE("ban domain: bans go into the kernel again when its sets may be others") {
  Rig rig;
  rig.ban("203.0.113.7");
  auto want = make_desired();
  want.settings.block_lists = {};
  rig.run(want);
  rig.nftables.elements.clear();
  rig.book.kernel_may_differ();
  CHECK(texts(rig.run(want)) == Texts{"put the bans that are in force into the kernel"});
  CHECK(rig.nftables.elements["ban4"].size() == 1);
}

TEST_CASE("ban domain: the ban of somebody who is never banned is lifted, with the reason") {
  Rig rig;
  auto want = make_desired();
  want.settings.block_lists = {};
  rig.run(want);
  rig.ban("203.0.113.7");
  rig.own.push_back(*parse_address("203.0.113.7"));
  const auto steps = texts(rig.run(want));
  REQUIRE(steps.size() == 2);
  CHECK(steps[1] == "lift the ban of 203.0.113.7, who is never banned: an address of this node");
  CHECK(rig.book.sources().empty());
  CHECK(rig.nftables.elements["ban4"].empty());
  CHECK(rig.run(want).steps.empty());
}

TEST_CASE("ban domain: a block list is read when it changes, and kept when it cannot be read") {
  Rig rig;
  const auto want = make_desired();
  rig.files.files[kList] = "198.51.100.7\n10.0.0.9\n";
  rig.run(want);
  CHECK(rig.book.listed() == std::vector{*parse_prefix("198.51.100.7")});
  const auto spared = rig.run(want);
  CHECK(spared.steps.empty());
  REQUIRE(spared.findings.size() == 1);
  CHECK(spared.findings[0].text.ends_with("10.0.0.9: the vRack"));

  rig.files.files[kList] = "<html>404</html>\n";
  const auto broken = rig.run(want);
  CHECK(broken.steps.empty());
  CHECK(broken.findings.back().kind == core::FindingKind::unknown);
  CHECK(broken.findings.back().text.contains("what it said before stays in force"));
  CHECK(rig.book.listed().size() == 1);

  rig.files.files[kList] = "198.51.100.8\n";
  CHECK(texts(rig.run(want)) == Texts{"replace the block lists in the kernel"});
  CHECK(rig.book.listed() == std::vector{*parse_prefix("198.51.100.8")});

  auto none = want;
  none.settings.block_lists = {};
  rig.run(none);
  CHECK(rig.book.listed().empty());
  CHECK(rig.nftables.elements["block4"].empty());
}

TEST_CASE("ban domain: what keeps it from its work is unknown or a gap, never fine") {
  Rig rig;
  auto want = make_desired();
  want.settings.enabled = true;
  const auto failed = rig.run(want);
  CHECK(failed.phase == core::Phase::failed);
  CHECK(failed.error.ends_with("no journal here"));
  rig.late = "another program holds the socket";
  const auto late = rig.run(make_desired(), core::Mode::check);
  CHECK(late.findings.front().id == "ban.late");
}
