#include <algorithm>
#include <set>

#include "agent/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/unit/hardening/ssh/support.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::core::Mode, kgnode::core::Phase;
using kgnode::hardening::Ssh;
using Action = Ssh::Action;
static_assert(kgnode::core::Domain<Ssh>);

namespace {

const std::string kDropIn(Ssh::kDropIn);

/// Already applied and in sync.
struct Settled : test::SshNode {
  Ssh::Desired want = Ssh::desired(test::ssh_config());
  Settled() {
    REQUIRE(test::reconcile(domain, want, Mode::enforce).error == "");
    processes.calls.clear();
    units.jobs.clear();
  }
  kgnode::core::Condition heal() { return test::reconcile(domain, want, Mode::enforce); }
};

std::vector<std::string> texts(const kgnode::core::Condition& report) {
  std::vector<std::string> all;
  for (const auto& step : report.steps) all.push_back(step.text);
  return all;
}

Ssh::Observed observed(Settled& node) {
  return test::run_task(node.domain.observe(node.want)).value();
}

}  // namespace

TEST_CASE("ssh: applied once it is in sync, and a second run does nothing", "[ssh]") {
  test::SshNode node;
  test::check_laws(node.domain, Ssh::desired(test::ssh_config()));
  CHECK(node.units.jobs == std::vector<std::string>{"reload ssh.service"});
}

TEST_CASE("ssh plan: the way in comes first, the drop-in after it, the reload last", "[ssh]") {
  test::SshNode node;
  const auto report = test::reconcile(node.domain, Ssh::desired(test::ssh_config()), Mode::check);
  CHECK(texts(report) ==
        std::vector<std::string>{
            "write /etc/issue.net", "write /etc/sysusers.d/kgnode-operator.conf",
            "write /etc/tmpfiles.d/kgnode-operator.conf",
            "write /var/lib/kgnode/ssh/authorized_keys/admin", "make account admin",
            "make host key /var/lib/kgnode/ssh/ssh_host_ed25519_key",
            "make host key /var/lib/kgnode/ssh/ssh_host_rsa_key",
            "make private /etc/ssh/sshd_config", "write " + kDropIn, "reload ssh.service"});
  CHECK(report.steps[8].risk == kgnode::core::Risk::lockout);
}

TEST_CASE("ssh: without a key nothing is changed, and the last good keys stay", "[ssh]") {
  Settled node;
  const auto before = node.files.files;
  auto config = test::ssh_config();
  config.admin.ssh_keys = {};
  const auto report = test::reconcile(node.domain, Ssh::desired(config), Mode::enforce);
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error, ContainsSubstring("nobody could log in"));
  CHECK(node.files.files == before);
}

TEST_CASE("ssh: a replaced drop-in is healed and sshd reloaded", "[ssh]") {
  Settled node;
  const auto ours = node.files.files[kDropIn];
  node.files.files[kDropIn] = "PermitRootLogin yes\n";
  CHECK(node.heal().phase == Phase::applied);
  CHECK(node.files.files[kDropIn] == ours);
  CHECK(node.units.jobs == std::vector<std::string>{"reload ssh.service"});
}

TEST_CASE("ssh: keys of a user who is no longer the operator are removed", "[ssh]") {
  Settled node;
  const std::string old = "/var/lib/kgnode/ssh/authorized_keys/leaver";
  node.files.files[old] = test::kEd25519;
  CHECK(node.heal().phase == Phase::applied);
  CHECK_FALSE(node.files.files.contains(old));
  CHECK(node.units.jobs.empty());
}

TEST_CASE("ssh: another file that defeats ours is named, not edited", "[ssh]") {
  Settled node;
  node.files.files["/etc/ssh/sshd_config.d/00-a.conf"] = "PermitRootLogin yes\n";
  const auto report = node.heal();
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error, ContainsSubstring("PermitRootLogin is yes instead of no") &&
                               ContainsSubstring("/etc/ssh/sshd_config.d/00-a.conf"));
}

TEST_CASE("ssh: a host key that cannot be used is never made anew silently", "[ssh]") {
  Settled node;
  SECTION("damaged") {
    node.broken["ssh-keygen"] = "invalid format";
    CHECK_THAT(node.heal().error, ContainsSubstring("cannot be used: invalid format; put it back"));
  }
  SECTION("too short") {
    node.rsa_public = "ssh-rsa AAAAB3NzaC1yc2E=";
    CHECK_THAT(node.heal().error, ContainsSubstring("ssh_host_rsa_key"));
  }
  CHECK(node.files.files["/var/lib/kgnode/ssh/ssh_host_rsa_key"] == "key");
}

TEST_CASE("ssh: a host key that others can read is made private again", "[ssh]") {
  Settled node;
  node.files.modes["/var/lib/kgnode/ssh/ssh_host_rsa_key"].mode = 0644;
  CHECK(texts(node.heal()) ==
        std::vector<std::string>{"make private /var/lib/kgnode/ssh/ssh_host_rsa_key"});
}

TEST_CASE("ssh: a unit that failed or does not run is started, unless that is not meant", "[ssh]") {
  Settled node;
  for (const auto* state : {"failed", "inactive"}) {
    node.units.states["ssh.service"] = state;
    CHECK(texts(node.heal()) == std::vector<std::string>{"restart ssh.service"});
  }
  for (const auto* state : {"queued", "disabled", "activating"}) {
    node.units.states["ssh.service"] = state;
    CHECK(texts(node.heal()).empty());
  }
}

TEST_CASE("ssh: settings that sshd does not tell are unknown, not fine", "[ssh]") {
  Settled node;
  node.broken["sbin/sshd"] = "/etc/ssh/sshd_config: line 9: Bad configuration option";
  const auto report = test::reconcile(node.domain, node.want, Mode::check);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == kgnode::core::FindingKind::unknown);
  CHECK_THAT(report.findings[0].text, ContainsSubstring("line 9"));
}

TEST_CASE("ssh items: every directive of ours is in the table, and each row is about one",
          "[ssh]") {
  const auto want = Ssh::desired(test::ssh_config());
  std::set<std::string> ours;
  for (const auto& [name, value] : want.directives) {
    if (name != "HostKey" && name != "AuthorizedKeysFile") ours.insert(name);
  }
  std::set<std::string> known;
  for (const auto& row : kgnode::hardening::ssh_profile()) known.insert(row.directive);
  CHECK(known == ours);
}

TEST_CASE("ssh items: each rule's violation is found", "[ssh]") {
  Settled node;
  const auto have = observed(node);
  for (const auto& item : Ssh::items(node.want, have)) {
    INFO(item.id << ": " << item.evidence);
    CHECK(item.kind == kgnode::core::FindingKind::pass);
  }
  for (const auto& row : kgnode::hardening::ssh_profile()) {
    INFO(row.directive);
    auto wrong = have;
    const auto option = kgnode::to_lower(row.directive);
    for (auto& effective : wrong.effective) effective[option] = {"no-such-value"};
    if (row.directive == "PerSourcePenalties") wrong.effective[0][option] = {"no"};
    std::size_t gaps = 0;
    for (const auto& item : Ssh::items(node.want, wrong)) {
      if (item.kind != kgnode::core::FindingKind::gap) continue;
      CHECK(item.id == "ssh." + option);
      CHECK_FALSE(item.remedy.empty());
      ++gaps;
    }
    CHECK(gaps == 1);
  }
}

TEST_CASE("ssh items: an sshd that does not tell is unknown, never fine", "[ssh]") {
  Settled node;
  auto have = observed(node);
  have.effective.clear();
  have.effective_error = "no";
  have.main_private = false;
  have.host_keys.clear();
  for (const auto& item : Ssh::items(node.want, have)) {
    INFO(item.id);
    CHECK(item.kind != kgnode::core::FindingKind::pass);
    CHECK_FALSE(item.remedy.empty());
  }
}
