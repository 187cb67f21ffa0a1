#pragma once
/// When each phase was reached first in this boot.
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/api/node_api.hpp"
#include "agent/base/result.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/node_status.hpp"

namespace kgnode {

/// In a folder that a restart of the agent leaves and a boot empties.
constexpr auto kPhaseTimes = "/run/kgnode/phase-times";

/// Those that the node has come to by now, of booting, hardened, storage-ready, joining, ready:
/// each asks for what the ones before it ask for.
std::vector<std::string_view> reached_phases(const PhaseInput& input,
                                             const std::vector<core::ModuleState>& states);

/// `known`, and after it those of `reached` that are new.
std::vector<api::PhaseTime> add_phases(std::vector<api::PhaseTime> known,
                                       std::span<const std::string_view> reached,
                                       std::chrono::milliseconds now);

std::string to_text(std::span<const api::PhaseTime> times);
Result<std::vector<api::PhaseTime>> parse_phase_times(std::string_view text);

}  // namespace kgnode
