/// Which phase the node is in, and why.
#include "agent/node_status.hpp"

#include <algorithm>
#include <format>

namespace kgnode {
namespace {

bool has_never_run(const core::ModuleState& state) {
  return state.last_run == std::chrono::system_clock::time_point{};
}

bool is_in_trouble(const core::ModuleState& state) {
  return state.condition.phase == core::Phase::failed ||
         state.condition.phase == core::Phase::unknown;
}

}  // namespace

PhaseReport phase_of(const PhaseInput& input, const std::vector<core::ModuleState>& states) {
  if (!input.has_config && input.may_still_come)
    return {"booting", "waits for cloud-init to write the configuration"};
  if (!input.has_config) return {"maintenance", input.trouble};
  if (std::ranges::any_of(states, has_never_run)) return {"booting", "the first run is under way"};
  const auto broken = std::ranges::find_if(states, is_in_trouble);
  if (broken != states.end())
    return {"degraded", std::format("{}: {}", broken->condition.domain, broken->condition.error)};
  if (!input.trouble.empty()) return {"degraded", input.trouble};
  return {"hardened", {}};
}

}  // namespace kgnode
