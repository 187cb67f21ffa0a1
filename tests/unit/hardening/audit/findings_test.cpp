#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/unit/hardening/audit/audit_node.hpp"

using namespace kgnode;
using core::FindingKind, core::Mode;
using hardening::Audit;

namespace {

Audit::Desired wanting() {
  config::Config config{};
  config.node.role = config::Role::control_plane;
  return Audit::desired(config);
}

/// Of a node that is in sync.
std::vector<std::string> ids(test::AuditNode& node) {
  std::vector<std::string> all;
  for (const auto& finding : test::reconcile(node.domain, wanting(), Mode::check).findings) {
    INFO(finding.id);
    CHECK((finding.kind == FindingKind::not_applicable || !finding.remedy.empty()));
    CHECK(finding.kind != FindingKind::pass);
    all.push_back(finding.id);
  }
  return all;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("audit findings: a node that records everything has none", "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  CHECK(ids(node).empty());
}

TEST_CASE("audit findings: what is lost, or about to be, is told", "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  node.units.kernel.status.lost = 3;
  CHECK(ids(node) == Ids{"audit.lost"});
  node.units.kernel.status = {.enabled = 2, .daemon = 1, .backlog_limit = 8192, .backlog = 5000};
  CHECK(ids(node) == Ids{"audit.backlog"});
  node.units.kernel.status = {.enabled = 2, .daemon = 0, .backlog_limit = 8192};
  CHECK(ids(node) == Ids{"audit.daemon"});
}

TEST_CASE("audit findings: locked rules that are not the wanted ones wait for a reboot",
          "[audit]") {
  test::AuditNode node;
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  node.files.files["/usr/bin/chcon"] = "";
  CHECK(ids(node) == Ids{"audit.reboot"});
}

TEST_CASE("audit findings: rules that are not locked yet say what they wait for", "[audit]") {
  test::AuditNode node(false);
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  CHECK(ids(node) == Ids{"audit.locked"});
}

TEST_CASE("audit findings: a rule that the kernel refused is told by its key", "[audit]") {
  test::AuditNode node;
  node.units.refused = "init_module";
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  CHECK(ids(node) == Ids{"audit.rules.modules"});
}

TEST_CASE("audit findings: what cannot be seen never passes", "[audit]") {
  struct Row {
    std::string what;
    std::function<void(test::AuditNode&)> make;
    std::string id;
    FindingKind kind;
  };
  const std::vector<Row> rows = {
      {"container", [](test::AuditNode& node) { node.files.files["/run/systemd/container"] = "x"; },
       "audit.kernel", FindingKind::not_applicable},
      {"no package", [](test::AuditNode& node) { node.files.files.erase("/usr/sbin/augenrules"); },
       "audit.package", FindingKind::gap},
      {"no audit in the kernel",
       [](test::AuditNode& node) { node.units.kernel = {.access = sys::AuditAccess::none}; },
       "audit.kernel", FindingKind::not_applicable},
      {"not allowed to ask",
       [](test::AuditNode& node) { node.units.kernel = {.access = sys::AuditAccess::closed}; },
       "audit.kernel", FindingKind::unknown},
      {"the helper fails", [](test::AuditNode& node) { node.units.helper_fails = true; },
       "audit.kernel", FindingKind::unknown}};
  for (const auto& row : rows) {
    INFO(row.what);
    test::AuditNode node;
    row.make(node);
    const auto seen = test::reconcile(node.domain, wanting(), Mode::check);
    REQUIRE(seen.findings.size() == 1);
    CHECK(seen.findings[0].id == row.id);
    CHECK(seen.findings[0].kind == row.kind);
    REQUIRE(seen.items.size() == wanting().rules.size());
    for (const auto& item : seen.items) CHECK(item.kind == row.kind);
  }
}

TEST_CASE("audit items: each rule of the table has its verdict, with its ids", "[audit]") {
  test::AuditNode node;
  for (const auto& item : test::reconcile(node.domain, wanting(), Mode::check).items) {
    INFO(item.title);
    CHECK(item.kind != FindingKind::pass);  // nothing is loaded yet
  }
  (void)test::reconcile(node.domain, wanting(), Mode::enforce);
  const auto items = test::reconcile(node.domain, wanting(), Mode::check).items;
  const auto rules = wanting().rules;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& row = rules[i];
    INFO(row.rule);
    CHECK(items[i].rules == row.ids);
    const bool absent = row.when == hardening::AuditWhen::if_there;
    CHECK(items[i].kind == (absent ? FindingKind::not_applicable : FindingKind::pass));
  }
}
