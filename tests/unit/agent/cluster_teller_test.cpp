/// What the agent has told, and that it never waits for it.
#include "agent/cluster_teller.hpp"

#include <optional>

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_units.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

struct FakeClock final : Clock {
  std::chrono::seconds at{0};
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::time_point(1'800'000'000s + at);
  }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(1h + at);
  }
};

/// Writes the report that the process would write.
struct TellingUnits final : test::FakeUnits {
  explicit TellingUnits(test::FakeFiles& files) : files_(files) {}
  bool works = true;

  Task<Result<>> restart(std::string unit) override {
    jobs.push_back("restart " + unit);
    if (!works) co_return fail(Error::plain("a job failed"));
    const auto request = k3s::parse_tell_request(files_.files[k3s::kTellRequest]).value();
    k3s::TellReport report{.told = true, .conditions = request.conditions, .told_at = 1};
    for (const auto& event : request.events) report.delivered.push_back(event.reason);
    files_.files[k3s::kTellReport] = k3s::to_text(report);
    co_return Result<>{};
  }

 private:
  test::FakeFiles& files_;
};

core::ModuleState state(std::string domain, core::Phase phase,
                        std::vector<core::Finding> findings = {}) {
  core::ModuleState state;
  state.condition = {.domain = std::move(domain), .phase = phase, .findings = std::move(findings)};
  return state;
}

struct Node {
  test::FakeFiles files;
  TellingUnits units{files};
  FakeClock clock;
  std::shared_ptr<config::Config> config = std::make_shared<config::Config>();
  PhaseReport phase{.phase = "ready", .reason = {}};
  std::vector<core::ModuleState> states = {state("ssh", core::Phase::in_sync)};
  bool has_k3s = true;
  bool api_answers = true;
  std::vector<std::string> left;
  ClusterTeller teller{
      {.files = files,
       .units = units,
       .clock = clock,
       .config = [this] { return core::ConfigPtr(config); },
       .phase = [this] { return phase; },
       .states = [this]() -> const auto& { return states; },
       .has_k3s = [this] { return has_k3s; },
       .api_answers = [this] { return api_answers; },
       .start_and_leave = [this](const std::string& unit) { left.push_back(unit); }}};

  Node() { config->node = {.name = "cp-1", .role = config::Role::control_plane}; }
  k3s::TellRequest asked() {
    return k3s::parse_tell_request(files.files[k3s::kTellRequest]).value();
  }
};

}  // namespace

TEST_CASE("cluster teller: a domain is the check DOMAIN.in_sync") {
  const auto checks = gather_checks(
      {state("ssh", core::Phase::failed,
             {{.id = "ssh.x", .kind = core::FindingKind::pass, .text = "t", .remedy = {}}}),
       state("ban", core::Phase::unknown), state("sysctl", core::Phase::applied)});
  REQUIRE(checks.size() == 4);
  CHECK(checks[0].id == "ssh.in_sync");
  CHECK(checks[0].kind == core::FindingKind::gap);
  CHECK(checks[1].id == "ssh.x");
  CHECK(checks[2].kind == core::FindingKind::unknown);
  CHECK(checks[3].kind == core::FindingKind::pass);
}

TEST_CASE("cluster teller: what is to be told is in the request, and its unit is started") {
  Node node;
  node.teller.look();
  CHECK(node.units.jobs == std::vector<std::string>{"restart kgnode-k3s-tell.service"});
  CHECK(node.asked().node == "cp-1");
  CHECK(node.asked().server);
  CHECK(node.asked().conditions.size() == 2);
  node.teller.look();
  CHECK(node.units.jobs.size() == 1);
  node.clock.at += 5min;
  node.teller.look();
  CHECK(node.units.jobs.size() == 2);
}

TEST_CASE(
    "cluster teller: nothing is told without K3s, its answer, a configuration, or a first run") {
  Node node;
  SECTION("K3s") { node.has_k3s = false; }
  SECTION("answer") { node.api_answers = false; }
  SECTION("configuration") { node.config.reset(); }
  SECTION("first run") { node.phase.phase = "booting"; }
  node.teller.look();
  CHECK(node.units.jobs.empty());
  node.teller.stop();
  CHECK(node.left.empty());
}

TEST_CASE("cluster teller: what happened while the API was silent is told afterwards") {
  Node node;
  node.teller.look();
  node.api_answers = false;
  node.phase = {.phase = "degraded", .reason = "k3s: silent"};
  node.teller.look();
  node.phase = {.phase = "ready", .reason = {}};
  node.teller.look();
  node.api_answers = true;
  node.clock.at += 1s;
  node.teller.look();
  REQUIRE(node.asked().events.size() == 2);
  CHECK(node.asked().events[0].reason == "PhaseDegraded");
  CHECK(node.asked().events[1].reason == "PhaseReady");
}

TEST_CASE("cluster teller: a process that fails is tried again later") {
  Node node;
  node.units.works = false;
  node.teller.look();
  node.teller.look();
  CHECK(node.units.jobs.size() == 1);
  node.clock.at += 10s;
  node.units.works = true;
  node.teller.look();
  CHECK(node.units.jobs.size() == 2);
}

TEST_CASE("cluster teller: at its end it leaves word that nobody looks any more") {
  Node node;
  node.teller.look();
  node.teller.stop();
  CHECK(node.left == std::vector<std::string>{k3s::kTellUnit});
  CHECK(node.asked().stopping);
  for (const auto& one : node.asked().conditions) CHECK(one.reason == k3s::kStopped);
}
