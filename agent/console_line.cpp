/// What the console is told.
#include "agent/console_line.hpp"

#include <format>

namespace kgnode {
namespace {

constexpr std::string_view kLinkCheck = "health.interface";

/// Empty: all is well.
std::string line_of(const PhaseReport& now, const std::vector<core::ModuleState>& states) {
  // Without its interface the node reaches no other one that could tell of it.
  for (const auto& state : states) {
    for (const auto& finding : state.condition.findings) {
      if (finding.id == kLinkCheck && finding.kind == core::FindingKind::gap)
        return std::format("kgnode: {}: {}; {}", now.phase, finding.text, finding.remedy);
    }
  }
  if (now.reason.empty() || now.phase == "booting") return {};
  return std::format("kgnode: {}: {}", now.phase, now.reason);
}

}  // namespace

std::optional<std::string> ConsoleLine::next(const PhaseReport& now,
                                             const std::vector<core::ModuleState>& states,
                                             Time at) {
  auto line = line_of(now, states);
  if (line != seen_) {
    seen_ = std::move(line);
    since_ = at;
  }
  if (seen_ == told_) return std::nullopt;
  if (!seen_.empty() && now.phase != "maintenance" && at - since_ < kHold) return std::nullopt;
  told_ = seen_;
  return told_.empty() ? std::nullopt : std::optional(told_);
}

}  // namespace kgnode
