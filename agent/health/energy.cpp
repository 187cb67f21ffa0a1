/// Joules, watts and grams.
#include "agent/health/energy.hpp"

#include <algorithm>
#include <format>

namespace kgnode::health {
namespace {

constexpr double kJoulesPerKilowattHour = 3.6e6;

double seconds_between(const Readings& was, const Readings& now) {
  return std::chrono::duration<double>(now.at - was.at).count();
}

/// Packages and the memory beside them; parts of a package are inside its count.
bool counts(const EnergyMeter& meter) {
  return meter.name.starts_with("package") || meter.name == "dram" || meter.name == "psys";
}

std::uint64_t count_up(const EnergyMeter& was, const EnergyMeter& now) {
  if (now.microjoules >= was.microjoules) return now.microjoules - was.microjoules;
  // A few minutes of load fill such a counter; more than one round between two looks is not seen.
  return now.wraps_at > was.microjoules ? now.wraps_at - was.microjoules + now.microjoules : 0;
}

std::optional<double> metered(const Readings& was, const Readings& now) {
  if (!was.meters || !now.meters || now.meters->size() != was.meters->size()) return std::nullopt;
  std::optional<double> joules;
  for (std::size_t i = 0; i < now.meters->size(); ++i) {
    const auto& earlier = (*was.meters)[i];
    const auto& later = (*now.meters)[i];
    if (earlier.name != later.name || !counts(later)) continue;
    joules = joules.value_or(0) + static_cast<double>(count_up(earlier, later)) / 1e6;
  }
  return joules;
}

std::optional<double> estimated(const Readings& was, const Readings& now) {
  if (!was.processors || !now.processors || !now.memory) return std::nullopt;
  const auto busy = now.processors->busy - std::min(was.processors->busy, now.processors->busy);
  const auto idle = now.processors->idle - std::min(was.processors->idle, now.processors->idle);
  const double share =
      busy + idle == 0 ? 0 : static_cast<double>(busy) / static_cast<double>(busy + idle);
  const double processors =
      now.processors->processors * (kIdleWatts + share * (kBusyWatts - kIdleWatts));
  const double memory =
      kWattsPerGibibyte * static_cast<double>(now.memory->total) / static_cast<double>(1U << 30);
  return (processors + memory) * seconds_between(was, now);
}

void add_requests(Energy& energy, const Readings& was, const Readings& now) {
  if (!was.requests || !now.requests || !*was.requests || !*now.requests) return;
  // A counter that began anew counts from zero.
  const auto served =
      **now.requests >= **was.requests ? **now.requests - **was.requests : **now.requests;
  energy.requests += served;
  if (energy.requests > 0)
    energy.joules_per_request = energy.joules / static_cast<double>(energy.requests);
}

}  // namespace

std::string_view to_string(EnergySource source) {
  switch (source) {
    case EnergySource::meter:
      return "meter";
    case EnergySource::estimate:
      return "estimate";
    case EnergySource::none:
      break;
  }
  return "none";
}

Energy add_energy(const Energy& before, const Readings& was, const Readings& now,
                  std::optional<unsigned> grid_intensity) {
  auto joules = metered(was, now);
  const auto source = joules ? EnergySource::meter : EnergySource::estimate;
  if (!joules) joules = estimated(was, now);
  const double seconds = seconds_between(was, now);
  if (!joules || seconds <= 0) return before;
  Energy energy = source == before.source ? before : Energy{};
  energy.source = source;
  energy.joules += *joules;
  energy.watts = *joules / seconds;
  energy.grams = std::nullopt;
  if (grid_intensity) energy.grams = energy.joules / kJoulesPerKilowattHour * *grid_intensity;
  add_requests(energy, was, now);
  return energy;
}

core::Finding energy_finding(const Energy& energy, bool wants_requests) {
  core::Finding finding{.id = "health.energy", .kind = core::FindingKind::pass};
  if (energy.source == EnergySource::none) {
    finding.kind = core::FindingKind::unknown;
    finding.text =
        "no two looks yet, or neither a meter nor the time of the processors can be read";
    finding.remedy = "look again in half a minute; journalctl -u kgnode tells what cannot be read";
    return finding;
  }
  finding.text =
      std::format("{:.1f} W now, {:.0f} J since the agent started ({})", energy.watts,
                  energy.joules, energy.source == EnergySource::meter ? "measured" : "an estimate");
  if (energy.grams) finding.text += std::format(", {:.2f} g of CO2 equivalent", *energy.grams);
  if (energy.joules_per_request)
    finding.text += std::format(", {:.2f} J per request", *energy.joules_per_request);
  if (wants_requests && !energy.joules_per_request) finding.text += ", no request counted yet";
  return finding;
}

}  // namespace kgnode::health
