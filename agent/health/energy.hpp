#pragma once
/// Joules, watts and grams of CO2 equivalent: from a meter where there is one, otherwise from a
/// model, and it says which; pure.
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/core/module.hpp"
#include "agent/health/readings.hpp"

namespace kgnode::health {

/// What one processor thread draws: of servers in the cloud, as published by Cloud Carbon Footprint
/// (averages over the processors of large providers). docs/domains/health.md tells the error.
inline constexpr double kIdleWatts = 0.74;
inline constexpr double kBusyWatts = 3.5;
/// Of memory, powered whether used or not.
inline constexpr double kWattsPerGibibyte = 0.392;

enum class EnergySource : std::uint8_t { none, meter, estimate };
std::string_view to_string(EnergySource source);

/// Since the agent started. `none`: neither could be read.
struct Energy {
  EnergySource source = EnergySource::none;
  double joules = 0;
  double watts = 0;                          // between the last two looks
  std::optional<double> grams;               // needs the intensity of the grid
  std::optional<double> joules_per_request;  // needs requests served meanwhile
  std::uint64_t requests = 0;
  bool operator==(const Energy&) const = default;
};

/// Adds what happened between two looks. A source that changes begins anew: the two do not add up.
Energy add_energy(const Energy& before, const Readings& was, const Readings& now,
                  std::optional<unsigned> grid_intensity);

core::Finding energy_finding(const Energy& energy, bool wants_requests);

}  // namespace kgnode::health
