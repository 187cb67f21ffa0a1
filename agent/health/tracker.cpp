/// From what one look says to what is told.
#include "agent/health/tracker.hpp"

#include <algorithm>
#include <format>

#include "agent/base/units.hpp"

namespace kgnode::health {
namespace {

using core::FindingKind;

std::chrono::seconds hold_of(const Verdict& verdict, FindingKind told) {
  if (verdict.kind == FindingKind::gap) return verdict.before_told;
  // After an unknown there is no gap to be sure of the end of.
  if (verdict.kind == FindingKind::pass && told == FindingKind::gap) return verdict.before_over;
  return std::chrono::seconds(0);
}

Told to_told(const std::string& id, FindingKind kind, std::string evidence, std::string remedy,
             Severity severity) {
  if (kind == FindingKind::gap) evidence = std::format("{}: {}", to_string(severity), evidence);
  return {.finding = {.id = id,
                      .kind = kind,
                      .text = std::move(evidence),
                      .remedy = kind == FindingKind::pass ? std::string() : std::move(remedy)},
          .severity = severity};
}

}  // namespace

std::string_view to_string(Severity severity) {
  return severity == Severity::critical ? "critical" : "warning";
}

void Tracker::follow(const Verdict& verdict, Time now) {
  auto [place, fresh] = states_.try_emplace(verdict.id);
  auto& state = place->second;
  if (fresh || state.seen != verdict.kind) {
    state.seen = verdict.kind;
    state.since = now;
  }
  if (now - state.since >= hold_of(verdict, state.told)) state.told = verdict.kind;
  if (state.told == verdict.kind) {
    state.evidence = verdict.evidence;
    state.remedy = verdict.remedy;
    state.severity = verdict.severity;
  }
}

bool Tracker::is_passing(std::string_view id) const {
  const auto found = states_.find(id);
  return found != states_.end() && found->second.told == FindingKind::pass;
}

std::vector<Told> Tracker::settle(const std::vector<Verdict>& verdicts, Time now) {
  std::erase_if(states_, [&verdicts](const auto& entry) {
    return std::ranges::find(verdicts, entry.first, &Verdict::id) == verdicts.end();
  });
  for (const auto& verdict : verdicts) follow(verdict, now);  // before one asks for another
  std::vector<Told> all;
  for (const auto& verdict : verdicts) {
    if (!verdict.depends_on.empty() && !is_passing(verdict.depends_on)) continue;
    const auto& state = states_.find(verdict.id)->second;
    if (state.told == FindingKind::unknown && verdict.kind == FindingKind::gap) {
      // Of the first looks: neither a gap yet, nor anything one could call a pass.
      all.push_back(to_told(verdict.id, state.told,
                            std::format("{}; a gap when it lasts for {}", verdict.evidence,
                                        kgnode::to_string(verdict.before_told)),
                            verdict.remedy, verdict.severity));
      continue;
    }
    auto evidence = state.evidence;
    if (state.told != verdict.kind) evidence += "; now: " + verdict.evidence;
    all.push_back(
        to_told(verdict.id, state.told, std::move(evidence), state.remedy, state.severity));
  }
  return all;
}

}  // namespace kgnode::health
