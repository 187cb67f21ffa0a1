/// How the node is, for the other nodes.
#include "agent/node_report.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace kgnode {
namespace {

/// A beacon holds the first few. What goes wrong while the node runs comes before what its machine
/// never had.
int urgency(const peers::Trouble& trouble) {
  constexpr std::array<std::string_view, 3> kRuns{"health.", "storage.", "k3s."};
  // Items of a benchmark, which are so from the start.
  constexpr std::string_view kBenchmark = "k3s.cis.";
  const bool runs =
      !trouble.id.starts_with(kBenchmark) &&
      std::ranges::any_of(kRuns, [&trouble](auto start) { return trouble.id.starts_with(start); });
  if (!trouble.fails) return runs ? 4 : 5;
  if (!trouble.id.contains('.')) return 0;  // a whole domain
  if (!runs) return 3;
  return trouble.text.starts_with("critical") ? 1 : 2;
}

}  // namespace

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
  std::ranges::stable_sort(report.troubles, {}, urgency);
  return report;
}

}  // namespace kgnode
