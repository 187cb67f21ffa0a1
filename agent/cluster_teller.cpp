/// From the states of the domains to the process that tells.
#include "agent/cluster_teller.hpp"

#include <utility>

namespace kgnode {
namespace {

core::Finding sync_check(const core::Condition& condition) {
  core::Finding check{.id = condition.domain + ".in_sync",
                      .kind = core::FindingKind::pass,
                      .text = condition.error,
                      .remedy = {}};
  if (condition.phase == core::Phase::failed) check.kind = core::FindingKind::gap;
  if (condition.phase == core::Phase::unknown) check.kind = core::FindingKind::unknown;
  return check;
}

std::chrono::sys_seconds wall(const Clock& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.wall());
}

}  // namespace

std::vector<core::Finding> gather_checks(const std::vector<core::ModuleState>& states) {
  std::vector<core::Finding> all;
  for (const auto& state : states) {
    all.push_back(sync_check(state.condition));
    all.insert(all.end(), state.condition.findings.begin(), state.condition.findings.end());
  }
  return all;
}

/// Another name is another Node.
void ClusterTeller::recall(const config::Config& config) {
  if (teller_ && node_ == config.node.name) return;
  const bool renamed = teller_.has_value();
  node_ = config.node.name;
  teller_.emplace(node_);
  const auto facts = k3s::read_tell_facts(parts_.files, wall(parts_.clock));
  if (facts.last && !renamed) teller_->recall(*facts.last);
}

bool is_node_shown(const std::optional<k3s::LookReport>& look) {
  return look && look->node && look->node->answered;
}

void ClusterTeller::look() {
  const auto config = parts_.config();
  if (!config || !parts_.has_k3s()) return;
  const auto phase = parts_.phase();
  // Most checks were not made yet: their conditions would come and go.
  if (phase.phase == "booting") return;
  recall(*config);
  const auto now = parts_.clock.monotonic();
  teller_->note(k3s::node_conditions(gather_checks(parts_.states()), phase.phase, phase.reason),
                now, wall(parts_.clock));
  if (!parts_.api_answers()) return;
  if (auto request = teller_->next(now)) tell(*config, *std::move(request));
}

void ClusterTeller::tell(const config::Config& config, k3s::TellRequest request) {
  request.node = config.node.name;
  request.server = config.node.role == config::Role::control_plane;
  const auto waiting = static_cast<std::int64_t>(request.events.size());
  spawn(run(std::move(request)),
        [this, waiting, node = node_](const Result<k3s::TellReport>& report) {
          if (node != node_) return;  // renamed meanwhile
          teller_->done(report ? *report
                               : k3s::TellReport{.text = report.error().message(),
                                                 .conditions = teller_->told(),
                                                 .waiting = waiting},
                        parts_.clock.monotonic());
        });
}

Task<Result<k3s::TellReport>> ClusterTeller::run(k3s::TellRequest request) {
  if (auto put = parts_.files.replace(k3s::kTellRequest, k3s::to_text(request), 0600); !put)
    co_return fail(std::move(put).error());
  if (auto told = co_await parts_.units.restart(k3s::kTellUnit); !told)
    co_return fail(std::move(told).error());
  const auto text = parts_.files.read(k3s::kTellReport);
  if (!text) co_return fail(Error(text.error()));
  co_return k3s::parse_tell_report(text->value_or(""));
}

void ClusterTeller::stop() {
  const auto config = parts_.config();
  if (!teller_ || !config || teller_->told().empty()) return;
  const k3s::TellRequest request{.node = node_,
                                 .server = config->node.role == config::Role::control_plane,
                                 .conditions = k3s::stopped_conditions(teller_->told()),
                                 .events = {},
                                 .stopping = true};
  if (!parts_.files.replace(k3s::kTellRequest, k3s::to_text(request), 0600)) return;
  // Of a node that shuts down PID 1 refuses it, and its kubelet stops as well.
  parts_.start_and_leave(k3s::kTellUnit);
}

}  // namespace kgnode
