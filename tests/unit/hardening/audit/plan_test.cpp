#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/unit/hardening/audit/audit_node.hpp"

using namespace kgnode;
using core::Mode, core::Phase;
using hardening::Audit;
static_assert(core::Domain<Audit>);

namespace {

Audit::Desired wanting(bool immutable = true) {
  config::Config config{};
  config.node.role = config::Role::control_plane;
  config.audit.immutable = immutable;
  return Audit::desired(config);
}

std::vector<std::string> texts(const std::vector<core::StepView>& steps) {
  std::vector<std::string> all;
  for (const auto& step : steps) all.push_back(step.text);
  return all;
}

using Texts = std::vector<std::string>;
const Texts kAll{"write /etc/audit/auditd.conf", "write /etc/audit/rules.d/50-kgnode.rules",
                 "write /etc/audit/rules.d/99-kgnode-finalize.rules", "load audit rules",
                 "restart auditd.service"};

}  // namespace

TEST_CASE("audit plan: the laws of a domain hold", "[audit]") {
  test::AuditNode node;
  test::check_laws(node.domain, wanting());
  CHECK(node.units.kernel.status.enabled == 2);
}

TEST_CASE("audit plan: files first, then the kernel, then the daemon", "[audit]") {
  test::AuditNode node;
  CHECK(texts(test::reconcile(node.domain, wanting(), Mode::enforce).steps) == kAll);
}

TEST_CASE("audit plan: rules are locked only once K3s has made the files that some are about",
          "[audit]") {
  test::AuditNode node(false);
  CHECK(test::reconcile(node.domain, wanting(), Mode::enforce).phase == Phase::applied);
  CHECK(node.units.kernel.status.enabled == 1);
  CHECK(test::reconcile(node.domain, wanting(), Mode::check).phase == Phase::in_sync);
  for (const auto& row : wanting().rules) {
    if (row.needs.contains("rancher")) node.files.files[row.needs] = "";
  }
  CHECK(texts(test::reconcile(node.domain, wanting(), Mode::enforce).steps) ==
        Texts{"write /etc/audit/rules.d/50-kgnode.rules",
              "write /etc/audit/rules.d/99-kgnode-finalize.rules", "load audit rules"});
  CHECK(node.units.kernel.status.enabled == 2);
}

TEST_CASE("audit plan: each rule that is gone from the kernel or the file comes back", "[audit]") {
  for (const auto& row : wanting(false).rules) {
    INFO(row.rule);
    test::AuditNode node;
    for (const auto& any : wanting(false).rules) {
      if (any.needs.starts_with('/')) node.files.files[any.needs] = "";
    }
    (void)test::reconcile(node.domain, wanting(false), Mode::enforce);
    const auto whole = node.units.kernel.rules;
    auto& text = node.files.files[std::string(Audit::kRulesFile)];
    const auto line = row.when == hardening::AuditWhen::set_id
                          ? row.rule.substr(0, row.rule.find('@')) + "/usr/bin/passwd"
                          : row.rule;
    const auto at = text.find(line);
    REQUIRE(at != std::string::npos);
    text.erase(at, text.find('\n', at) + 1 - at);
    CHECK(test::reconcile(node.domain, wanting(false), Mode::check).phase == Phase::pending);
    node.units.load();
    CHECK(node.units.kernel.rules != whole);
    CHECK(test::reconcile(node.domain, wanting(false), Mode::enforce).phase == Phase::applied);
    CHECK(node.units.kernel.rules == whole);
  }
}

TEST_CASE("audit plan: rules that somebody took out of the kernel are loaded again", "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(false), Mode::enforce);
  node.units.kernel.rules = sys::summarize_audit_rules({});
  CHECK(texts(test::reconcile(node.domain, wanting(false), Mode::enforce).steps) ==
        Texts{"load audit rules"});
}

TEST_CASE("audit plan: a locked kernel is asked for nothing, its files are still kept", "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  node.files.files[std::string(Audit::kRulesFile)] = "# an older set\n";
  CHECK(texts(test::reconcile(node.domain, wanting(), Mode::enforce).steps) ==
        Texts{"write /etc/audit/rules.d/50-kgnode.rules"});
}

TEST_CASE("audit plan: a change cut off before the daemon was started again ends later",
          "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  node.files.files[std::string(Audit::kRestartMark)] = "";
  CHECK(texts(test::reconcile(node.domain, wanting(), Mode::enforce).steps) ==
        Texts{"restart auditd.service"});
  node.units.states["auditd.service"] = "failed";
  CHECK(texts(test::reconcile(node.domain, wanting(), Mode::enforce).steps) ==
        Texts{"restart auditd.service"});
}

TEST_CASE("audit plan: in a container files are written and nothing is loaded", "[audit]") {
  test::AuditNode node;
  node.files.files["/run/systemd/container"] = "systemd-nspawn\n";
  test::reconcile(node.domain, wanting(), Mode::enforce);
  CHECK(node.files.files.contains(std::string(Audit::kRulesFile)));
  CHECK(node.units.jobs.empty());
  CHECK(test::reconcile(node.domain, wanting(), Mode::check).phase == Phase::in_sync);
}

TEST_CASE("audit plan: nothing is done without the package", "[audit]") {
  test::AuditNode node;
  node.files.files.erase(std::string(Audit::kLoader));
  test::reconcile(node.domain, wanting(), Mode::enforce);
  CHECK(node.files.writes.empty());
}

TEST_CASE("audit plan: a kernel without audit has its files and no jobs", "[audit]") {
  test::AuditNode node;
  node.units.kernel = {.access = sys::AuditAccess::none};
  CHECK(test::reconcile(node.domain, wanting(), Mode::enforce).phase == Phase::applied);
  CHECK(node.units.jobs.empty());
}

TEST_CASE("audit plan: switched off, our files go and the kernel forgets our rules", "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(false), Mode::enforce);
  auto off = wanting(false);
  off.enabled = false;
  CHECK(texts(test::reconcile(node.domain, off, Mode::enforce).steps) ==
        Texts{"remove /etc/audit/rules.d/50-kgnode.rules", "load audit rules"});
  CHECK(node.units.kernel.rules.keys.empty());
  CHECK(test::reconcile(node.domain, off, Mode::check).phase == Phase::in_sync);
}
