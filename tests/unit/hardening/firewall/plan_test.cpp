/// What is planned from what is in force, and the laws.
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_nftables.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using core::Mode;
using core::Phase;
using hardening::Firewall;

namespace {

const auto kWorker = config::Role::worker;

Firewall::Observed ours(const config::Config& config) {
  return {.in_force = Firewall::InForce::ours,
          .owner = sys::TableOwner::we,
          .rules = Firewall::desired(config).rules};
}

}  // namespace

TEST_CASE("firewall: applied once it is in sync, and a second run plans nothing") {
  test::FakeNftables nftables;
  test::FakeFiles files;
  Firewall domain(nftables, files);
  test::check_laws(domain, Firewall::desired(test::firewall_config(kWorker)));
  CHECK(nftables.replaced == 1);
}

TEST_CASE("firewall: whatever is in force but not ours is replaced as a whole, and said why") {
  const auto config = test::firewall_config(kWorker);
  const auto want = Firewall::desired(config);
  auto other = config;
  other.firewall.log_rate = {9, std::chrono::seconds(1)};
  const auto changed = Firewall::desired(other).rules;
  struct Row {
    Firewall::Observed have;
    core::StepView view;
  };
  using In = Firewall::InForce;
  const std::string left = "take over table inet kgnode of an earlier run";
  const std::string back = "put the rules of table inet kgnode back";
  for (const auto& [have, view] :
       {Row{{.in_force = In::absent},
            {"load the rules of table inet kgnode", "no table: the node is open",
             "the rules of the configuration"}},
        Row{{.in_force = In::unknown},
            {"take over table inet kgnode", "closed by the boot, or edited",
             "the rules of the configuration"}},
        Row{{.in_force = In::left, .fingerprint = hardening::fingerprint_of(want.rules)},
            {left, "as that run left it", "the same rules"}},
        Row{{.in_force = In::left, .fingerprint = hardening::fingerprint_of(changed)},
            {left, "as that run left it", "the rules of the configuration"}},
        Row{{.in_force = In::edited, .rules = want.rules},
            {back, "edited by somebody", "the same rules"}},
        Row{{.in_force = In::edited, .rules = changed},
            {back, "edited by somebody", "~ admit.log\n~ forward.log\n~ input.log"}}}) {
    const auto steps = Firewall::plan(want, have);
    REQUIRE(steps.size() == 1);
    CHECK(Firewall::view(steps[0]) == view);
    CHECK(steps[0].rules == want.rules);
  }
}

TEST_CASE("firewall: the next run knows a table that nobody edited since") {
  test::FakeNftables nftables;
  test::FakeFiles files;
  const auto want = Firewall::desired(test::firewall_config(kWorker));
  const auto in_force_for_the_next = [&nftables, &files, &want] {
    Firewall next(nftables, files);
    return test::run_task(next.observe(want)).value().in_force;
  };
  Firewall domain(nftables, files);
  CHECK(test::reconcile(domain, want, Mode::enforce).phase == Phase::applied);
  CHECK(in_force_for_the_next() == Firewall::InForce::left);
  ++nftables.digest;
  CHECK(in_force_for_the_next() == Firewall::InForce::unknown);
  --nftables.digest;
  files.files.clear();
  CHECK(in_force_for_the_next() == Firewall::InForce::unknown);
}

TEST_CASE("firewall: a step names the rules that come, change and go") {
  const auto before = test::firewall_config(kWorker);
  auto after = before;
  after.firewall.allow = {{.ports = test::ports("9100/tcp")}};
  after.firewall.ingress = config::Ingress::none;
  after.firewall.log_rate = {9, std::chrono::seconds(1)};
  const auto steps = Firewall::plan(Firewall::desired(after), ours(before));
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].added == std::vector<std::string>{"services.allow.0.everyone"});
  CHECK(steps[0].changed == std::vector<std::string>{"admit.log", "forward.log", "input.log"});
  CHECK(steps[0].removed == std::vector<std::string>{"services.ingress.30080.load_balancer.ipv4",
                                                     "services.ingress.30080.vrack",
                                                     "services.ingress.30443.load_balancer.ipv4",
                                                     "services.ingress.30443.vrack"});
  CHECK(Firewall::view(steps[0]).text ==
        "replace the rules of table inet kgnode: 1 added, 3 changed, 4 removed");
}

TEST_CASE("firewall: a change of who may reach SSH can lock out, another cannot") {
  const auto before = test::firewall_config(kWorker);
  const auto risk_of = [&before](const config::Config& after) {
    return Firewall::view(Firewall::plan(Firewall::desired(after), ours(before)).at(0)).risk;
  };
  auto networks = before;
  networks.admin.from.pop_back();
  CHECK(risk_of(networks) == core::Risk::lockout);
  auto vrack = before;
  vrack.firewall.vrack_ssh = false;
  CHECK(risk_of(vrack) == core::Risk::lockout);
  auto ingress = before;
  ingress.firewall.ingress = config::Ingress::host_port;
  CHECK(risk_of(ingress) == core::Risk::none);
}

TEST_CASE("firewall: an edit by somebody else is seen and undone") {
  test::FakeNftables nftables;
  test::FakeFiles files;
  Firewall domain(nftables, files);
  const auto want = Firewall::desired(test::firewall_config(kWorker));
  CHECK(test::reconcile(domain, want, Mode::enforce).phase == Phase::applied);
  ++nftables.digest;
  CHECK(test::reconcile(domain, want, Mode::enforce).phase == Phase::applied);
  nftables.table.reset();
  CHECK(test::reconcile(domain, want, Mode::check).phase == Phase::pending);
  CHECK(test::reconcile(domain, want, Mode::enforce).phase == Phase::applied);
  CHECK(nftables.replaced == 3);
}

TEST_CASE("firewall: a refused replacement is reported and nothing is believed to be in force") {
  test::FakeNftables nftables;
  test::FakeFiles files;
  nftables.refuse = true;
  Firewall domain(nftables, files);
  const auto want = Firewall::desired(test::firewall_config(kWorker));
  CHECK(test::reconcile(domain, want, Mode::enforce).phase == Phase::failed);
  CHECK(test::reconcile(domain, want, Mode::check).phase == Phase::pending);
}

TEST_CASE("firewall: a table that anybody may edit is a gap") {
  const auto config = test::firewall_config(kWorker);
  auto have = ours(config);
  CHECK(Firewall::findings(Firewall::desired(config), have).empty());
  have.owner = sys::TableOwner::nobody;
  const auto findings = Firewall::findings(Firewall::desired(config), have);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].id == "firewall.owner");
}

TEST_CASE("firewall: the closed rules keep what bans exist and open nothing but answers") {
  test::FakeNftables nftables;
  REQUIRE(hardening::load_closed_firewall(nftables));
  REQUIRE(nftables.table);
  CHECK(std::ranges::contains(nftables.table->sets, "ban4", &sys::nft::Set::name));
  for (const auto& rule : nftables.table->rules) CHECK_FALSE(rule.comment.contains("ssh"));
}
