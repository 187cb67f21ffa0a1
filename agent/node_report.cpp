/// How the node is, for the other nodes.
#include "agent/node_report.hpp"

#include <algorithm>

namespace kgnode {

peers::Report make_report(const config::Config& config, const PhaseReport& phase,
                          const std::vector<core::ModuleState>& states) {
  peers::Report report{.name = config.node.name,
                       .role = std::string(config::to_string(config.node.role)),
                       .version = KGNODE_VERSION,
                       .phase = phase.phase,
                       .reason = phase.reason,
                       .troubles = {}};
  for (const auto& state : states) {
    const auto& condition = state.condition;
    if (condition.phase == core::Phase::failed)
      report.troubles.push_back({.id = condition.domain, .fails = true, .text = condition.error});
    for (const auto& finding : condition.findings) {
      const bool trouble =
          finding.kind == core::FindingKind::gap || finding.kind == core::FindingKind::unknown;
      if (trouble)
        report.troubles.push_back({.id = finding.id,
                                   .fails = finding.kind == core::FindingKind::gap,
                                   .text = finding.text});
    }
  }
  std::ranges::stable_partition(report.troubles, &peers::Trouble::fails);
  return report;
}

}  // namespace kgnode
