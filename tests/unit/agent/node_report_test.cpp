/// What a beacon has room for is what matters.
#include "agent/node_report.hpp"

#include "tests/support/catch.hpp"

using kgnode::core::FindingKind, kgnode::core::ModuleState, kgnode::core::Phase;

namespace {

ModuleState with(std::string domain, std::vector<kgnode::core::Finding> findings) {
  ModuleState state{.condition = {.domain = std::move(domain), .phase = Phase::in_sync}};
  state.condition.findings = std::move(findings);
  return state;
}

}  // namespace

TEST_CASE("node report: what breaks comes before what the machine never had") {
  auto failed = with("ssh", {});
  failed.condition.phase = Phase::failed;
  failed.condition.error = "sshd -t refuses it";
  const std::vector<ModuleState> states{
      with("modules", {{"modules.nfs", FindingKind::gap, "no such module", ""},
                       {"modules.x", FindingKind::unknown, "cannot read", ""},
                       {"modules.y", FindingKind::pass, "fine", ""}}),
      failed, with("k3s", {{"k3s.cis.1.2.1", FindingKind::gap, "nobody is anonymous", ""}}),
      with("health", {{"health.load", FindingKind::gap, "warning: 3", ""},
                      {"health.energy", FindingKind::unknown, "no two looks", ""},
                      {"health.space./var", FindingKind::gap, "critical: full", ""}})};
  kgnode::config::Config config;
  config.node.name = "worker-1";
  std::vector<std::string> ids;
  for (const auto& trouble : kgnode::make_report(config, {"hardened", ""}, states).troubles)
    ids.push_back(trouble.id);
  CHECK(ids == std::vector<std::string>{"ssh", "health.space./var", "health.load", "modules.nfs",
                                        "k3s.cis.1.2.1", "health.energy", "modules.x"});
}
