#include <algorithm>
#include <utility>

#include "hardening/time/time.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_units.hpp"

using namespace kgnode;
using core::FindingKind, core::Mode, core::Phase;
using hardening::Time;
static_assert(core::Domain<Time>);

namespace {

constexpr std::string_view kGood =
    "D5EF0102,nts.example,2,1764100000.1,0.000012,0.00001,0.00002,1.1,0.0,0.1,0.01,0.001,64.2,"
    "Normal\n"
    "^,*,nts.example,1,6,377,12,0.00001,0.00002,0.003\n"
    "^,+,ntp.ovh.net,2,6,377,12,0.00001,0.00002,0.003\n"
    "nts.example,NTS,1,30,256,1d,0,0,8,100\n"
    "ntp.ovh.net,-,0,0,0,-,0,0,0,0\n";

struct Units final : test::FakeUnits {
  explicit Units(test::FakeFiles& files) : files_(files) {}
  std::string answer{kGood};
  Task<Result<>> restart(std::string unit) override {
    if (unit == Time::kLookUnit) {
      if (answer.empty()) co_return fail(Error::plain("chronyc ended with 1"));
      files_.files[kChronyAnswer] = answer;
      co_return Result<>{};
    }
    jobs.push_back("restart " + unit);
    states[unit] = "active";
    co_return Result<>{};
  }

 private:
  test::FakeFiles& files_;
};

struct Node {
  test::FakeFiles files;
  Units units{files};
  Time domain{files, units};
  Time::Desired want = Time::desired({});

  Node() {
    files.files[std::string(Time::kDaemon)] = "";
    units.states[std::string(Time::kUnit)] = "active";
  }
  core::Condition run(Mode mode) { return test::reconcile(domain, want, mode); }
  std::vector<std::string> ids() {
    std::vector<std::string> all;
    for (const auto& finding : run(Mode::check).findings) all.push_back(finding.id);
    return all;
  }
};

using Ids = std::vector<std::string>;

std::string with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("time plan: the laws of a domain hold", "[time]") {
  Node node;
  test::check_laws(node.domain, node.want);
  CHECK(node.units.jobs == Ids{"restart chrony.service"});
}

TEST_CASE("time plan: an edited file and a stopped service come back", "[time]") {
  Node node;
  (void)node.run(Mode::enforce);
  node.units.jobs.clear();
  node.files.files[std::string(Time::kFile)] += "server liar.example\n";
  CHECK(node.run(Mode::enforce).phase == Phase::applied);
  CHECK(node.files.files[std::string(Time::kFile)] == hardening::render_chrony(node.want));
  node.units.states[std::string(Time::kUnit)] = "failed";
  CHECK(node.run(Mode::enforce).phase == Phase::applied);
  CHECK(node.units.jobs == Ids{"restart chrony.service", "restart chrony.service"});
}

TEST_CASE("time plan: a change cut off before the restart ends later", "[time]") {
  Node node;
  (void)node.run(Mode::enforce);
  node.files.files[std::string(Time::kRestartMark)] = "";
  const auto again = node.run(Mode::enforce);
  CHECK(again.steps.size() == 1);
  CHECK(node.run(Mode::check).phase == Phase::in_sync);
}

TEST_CASE("time plan: in a container the file is kept, and the clock is the host's", "[time]") {
  Node node;
  node.files.files["/run/systemd/container"] = "systemd-nspawn\n";
  node.units.states[std::string(Time::kUnit)] = "inactive";
  CHECK(node.run(Mode::enforce).phase == Phase::applied);
  CHECK(node.units.jobs.empty());
  const auto seen = node.run(Mode::check);
  REQUIRE(seen.findings.size() == 1);
  CHECK(seen.findings[0].kind == FindingKind::not_applicable);
  CHECK_FALSE(node.domain.look_again());
}

TEST_CASE("time plan: without chrony nothing is done, and that is told", "[time]") {
  Node node;
  node.files.files.erase(std::string(Time::kDaemon));
  CHECK(node.run(Mode::enforce).phase == Phase::in_sync);
  CHECK(node.ids() == Ids{"time.clock"});
}

TEST_CASE("time findings: a clock that is set, by proof, has none", "[time]") {
  Node node;
  (void)node.run(Mode::enforce);
  CHECK(node.ids().empty());
  CHECK_FALSE(node.domain.look_again());
}

TEST_CASE("time findings: what keeps the clock from being relied on", "[time]") {
  struct Row {
    std::string answer;
    Ids ids;
    bool again = false;
  };
  const std::vector<Row> rows = {{with("Normal", "Not synchronised"), {"time.clock"}, true},
                                 {with("0.000012", "0.2"), {"time.clock"}, false},
                                 {with("0.000012", "-3.5"), {"time.clock"}, true},
                                 {with("^,+,ntp", "^,x,ntp"), {"time.source.ntp.ovh.net"}, false},
                                 {with("nts.example,NTS", "nts.example,-"), {"time.nts"}, false},
                                 {with("377", "0"), {"time.nts"}, false},
                                 {"506 Cannot talk to daemon\n", {"time.clock"}, true},
                                 {"", {"time.clock"}, true}};
  for (const auto& row : rows) {
    INFO(row.answer);
    Node node;
    (void)node.run(Mode::enforce);
    node.units.answer = row.answer;
    CHECK(node.ids() == row.ids);
    CHECK(node.domain.look_again().has_value() == row.again);
    for (const auto& finding : node.run(Mode::check).findings) CHECK_FALSE(finding.remedy.empty());
  }
}

TEST_CASE("time findings: who has looked in vain for long looks less often, until the clock is set",
          "[time]") {
  Node node;
  (void)node.run(Mode::enforce);
  const auto good = std::exchange(node.units.answer, with("Normal", "Not synchronised"));
  (void)node.run(Mode::check);
  const auto soon = node.domain.look_again();
  REQUIRE(soon);
  for (int i = 0; i < 40; ++i) (void)node.run(Mode::check);
  const auto later = node.domain.look_again();
  REQUIRE(later);
  CHECK(*later > *soon);
  node.units.answer = good;
  (void)node.run(Mode::check);
  CHECK_FALSE(node.domain.look_again());
  node.units.answer = with("Normal", "Not synchronised");
  (void)node.run(Mode::check);
  CHECK(node.domain.look_again() == soon);
}

TEST_CASE("time findings: an answer that did not come is unknown, never fine", "[time]") {
  Node node;
  (void)node.run(Mode::enforce);
  node.units.answer.clear();
  const auto seen = node.run(Mode::check);
  REQUIRE(seen.findings.size() == 1);
  CHECK(seen.findings[0].kind == FindingKind::unknown);
  CHECK_FALSE(node.files.files.contains(kChronyAnswer));  // the old one is gone
}

TEST_CASE("time items: each rule about the clock passes on a node that keeps it, and only there",
          "[time]") {
  Node node;
  for (const auto& item : node.run(Mode::check).items) {
    INFO(item.id);
    const bool of_file = item.id == "time.sources" || item.id == "time.user";
    CHECK((item.kind == FindingKind::gap) == of_file);
  }
  (void)node.run(Mode::enforce);
  for (const auto& item : node.run(Mode::check).items) CHECK(item.kind == FindingKind::pass);
  node.units.states[std::string(Time::kUnit)] = "disabled";
  node.units.answer = with("Normal", "Not synchronised");
  for (const auto& item : node.run(Mode::check).items) {
    INFO(item.id);
    const bool of_service = item.id == "time.service" || item.id == "time.clock";
    CHECK((item.kind == FindingKind::gap) == of_service);
  }
}
