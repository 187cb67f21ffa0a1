/// Sensors and meters: folders of /sys that not every machine has.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/health/health.hpp"

namespace kgnode::health {
namespace {

constexpr auto kThermal = "/sys/class/thermal";
constexpr auto kPowercap = "/sys/class/powercap";
constexpr double kThousand = 1000;
constexpr std::size_t kMostSensors = 64;

std::optional<double> parse_celsius(std::string_view text) {
  const auto value = parse_int<std::int64_t>(trim(text));
  // What a broken sensor says.
  if (!value || *value < -50'000 || *value > 200'000) return std::nullopt;
  return static_cast<double>(*value) / kThousand;
}

}  // namespace

/// A zone without a number is asleep, and none of the check's.
Result<std::vector<Sensor>> Health::read_sensors() {
  std::vector<Sensor> sensors;
  for (const auto& zone : TRY(files_.list(kThermal))) {
    if (!zone.starts_with("thermal_zone") || sensors.size() == kMostSensors) continue;
    const auto folder = std::format("{}/{}/", kThermal, zone);
    const auto text = files_.read(folder + "temp");
    const auto celsius = text && *text ? parse_celsius(**text) : std::nullopt;
    if (!celsius) continue;
    const auto type = files_.read(folder + "type");
    Sensor sensor{.name = type && *type ? printable(trim(**type)) : zone, .celsius = *celsius};
    for (int point = 0; point < 8 && !sensor.critical; ++point) {
      const auto kind = files_.read(std::format("{}trip_point_{}_type", folder, point));
      if (!kind || !*kind) break;
      const auto at = files_.read(std::format("{}trip_point_{}_temp", folder, point));
      if (trim(**kind) == "critical" && at && *at) sensor.critical = parse_celsius(**at);
    }
    sensors.push_back(std::move(sensor));
  }
  return sensors;
}

/// RAPL of Intel and AMD; only root may read it, and few providers pass it through.
Result<std::vector<EnergyMeter>> Health::read_meters() {
  std::vector<EnergyMeter> meters;
  for (const auto& zone : TRY(files_.list(kPowercap))) {
    if (!zone.contains("rapl:")) continue;
    const auto folder = std::format("{}/{}/", kPowercap, zone);
    const auto name = TRY(read(folder + "name"));
    meters.push_back({.name = printable(trim(name)),
                      .microjoules = TRY(read_number(folder + "energy_uj")),
                      .wraps_at = TRY(read_number(folder + "max_energy_range_uj"))});
  }
  return meters;
}

}  // namespace kgnode::health
