/// When each phase was reached first in this boot.
#include "agent/phase_times.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "storage/storage.hpp"

namespace kgnode {
namespace {

constexpr std::array<std::string_view, 5> kPhases = {"booting", "hardened", "storage-ready",
                                                     "joining", "ready"};

bool is_fine(const core::ModuleState& state) {
  return state.last_run != std::chrono::system_clock::time_point{} &&
         state.condition.phase != core::Phase::failed &&
         state.condition.phase != core::Phase::unknown;
}

/// Domains run in order: those before `domain` are what it builds on.
bool are_fine_before(std::string_view domain, const std::vector<core::ModuleState>& states) {
  const auto end = std::ranges::find(
      states, domain, [](const core::ModuleState& state) { return state.condition.domain; });
  return end != states.end() && std::all_of(states.begin(), end, is_fine);
}

}  // namespace

std::vector<std::string_view> reached_phases(const PhaseInput& input,
                                             const std::vector<core::ModuleState>& states) {
  const bool in_force = input.config == PhaseInput::Config::in_force;
  const std::array<bool, kPhases.size()> reached = {
      true, in_force && are_fine_before(storage::Storage::kName, states),
      are_fine_before(k3s::K3s::kName, states), input.k3s.stage != k3s::Stage::absent,
      phase_of(input, states).phase == "ready"};
  const auto missing = std::ranges::find(reached, false);
  return {kPhases.begin(), kPhases.begin() + (missing - reached.begin())};
}

std::vector<api::PhaseTime> add_phases(std::vector<api::PhaseTime> known,
                                       std::span<const std::string_view> reached,
                                       std::chrono::milliseconds now) {
  for (const auto phase : reached) {
    if (std::ranges::contains(known, phase, &api::PhaseTime::phase)) continue;
    // Process 1 is where the time begins, whenever the agent came to note it.
    known.push_back({std::string(phase), known.empty() ? std::chrono::milliseconds(0) : now});
  }
  return known;
}

std::string to_text(std::span<const api::PhaseTime> times) {
  std::string text;
  for (const auto& time : times) text += std::format("{} {}\n", time.phase, time.after.count());
  return text;
}

Result<std::vector<api::PhaseTime>> parse_phase_times(std::string_view text) {
  std::vector<api::PhaseTime> times;
  for (const auto line : split(trim(text), '\n')) {
    const auto words = split_words(line);
    const auto after = words.size() == 2 ? parse_int<std::uint32_t>(words[1]) : std::nullopt;
    if (!after || times.size() == kPhases.size() || words[0] != kPhases[times.size()]) {
      return fail(Error::plain(std::format(
          "{} is damaged, so the times of this boot's phases begin anew", kPhaseTimes)));
    }
    times.push_back({std::string(words[0]), std::chrono::milliseconds(*after)});
  }
  return times;
}

}  // namespace kgnode
