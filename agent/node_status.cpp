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

PhaseReport without_config(const PhaseInput& input) {
  const auto& cloud_init = input.cloud_init;
  if (!cloud_init.rules) {
    const auto before = input.first_boot.empty() ? "" : "first boot: " + input.first_boot + "; ";
    return {"maintenance", before + input.trouble};
  }
  if (cloud_init.ended) {
    return {"maintenance",
            "cloud-init has ended and wrote no configuration, see /var/log/cloud-init.log; " +
                input.trouble};
  }
  if (cloud_init.waited < kCloudInitWait) {
    return {"booting", std::format("waits for cloud-init to write the configuration, {} at most",
                                   kCloudInitWait)};
  }
  return {"maintenance", std::format("cloud-init wrote no configuration within {}, see "
                                     "\"cloud-init status --long\"; {}",
                                     kCloudInitWait, input.trouble)};
}

PhaseReport hardened(const k3s::Progress& k3s) {
  switch (k3s.stage) {
    case k3s::Stage::absent:
      return {"hardened", {}};
    case k3s::Stage::ready:
      return {"ready", {}};
    case k3s::Stage::lost:
      return {"degraded", "k3s: " + k3s.trouble.why};
    case k3s::Stage::waiting:
    case k3s::Stage::starting:
      break;
  }
  return {"joining", k3s.trouble.why};
}

}  // namespace

PhaseReport phase_of(const PhaseInput& input, const std::vector<core::ModuleState>& states) {
  if (input.config == PhaseInput::Config::absent) return without_config(input);
  if (input.config == PhaseInput::Config::broken) return {"maintenance", input.trouble};
  if (std::ranges::any_of(states, has_never_run)) return {"booting", "the first run is under way"};
  const auto broken = std::ranges::find_if(states, is_in_trouble);
  if (broken != states.end())
    return {"degraded", std::format("{}: {}", broken->condition.domain, broken->condition.error)};
  if (!input.trouble.empty()) return {"degraded", input.trouble};
  return hardened(input.k3s);
}

}  // namespace kgnode
