/// Sensors and meters: folders of /sys that not every machine has.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/health/health.hpp"

namespace kgnode::health {
namespace {

constexpr auto kThermal = "/sys/class/thermal";
constexpr auto kChips = "/sys/class/hwmon";
constexpr auto kPowercap = "/sys/class/powercap";
constexpr double kThousand = 1000;
constexpr std::size_t kMostSensors = 64;
constexpr double kLeastLimit = 30;  // below it a limit is a register that nobody has set

std::optional<double> parse_celsius(std::string_view text) {
  const auto value = parse_int<std::int64_t>(trim(text));
  // What a broken sensor says.
  if (!value || *value < -50'000 || *value > 200'000) return std::nullopt;
  return static_cast<double>(*value) / kThousand;
}

/// As the kernel names the chip that it makes of a thermal zone.
std::string chip_of(std::string zone) {
  std::ranges::replace(zone, '-', '_');
  return zone;
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
  if (auto done = read_chips(sensors); !done) return fail(std::move(done).error());
  return sensors;
}

/// Disks, memory and boards tell by chips of hwmon, each value with limits of its own.
Result<> Health::read_chips(std::vector<Sensor>& sensors) {
  std::vector<std::string> zones;
  for (const auto& sensor : sensors) zones.push_back(chip_of(sensor.name));
  const auto celsius = [this](const std::string& path) {
    const auto text = files_.read(path);
    return text && *text ? parse_celsius(**text) : std::nullopt;
  };
  const auto limit = [&celsius](const std::string& path) {
    const auto value = celsius(path);
    return value && *value > kLeastLimit ? value : std::nullopt;
  };
  for (const auto& chip : TRY(files_.list(kChips))) {
    const auto chip_folder = std::format("{}/{}", kChips, chip);
    const auto folder = chip_folder + "/";
    const auto text = files_.read(folder + "name");
    const auto name = text && *text ? printable(trim(**text)) : chip;
    if (std::ranges::contains(zones, name)) continue;
    for (const auto& file : TRY(files_.list(chip_folder))) {
      if (!file.starts_with("temp") || !file.ends_with("_input")) continue;
      if (sensors.size() == kMostSensors) return {};
      const auto prefix = folder + file.substr(0, file.size() - std::string_view("input").size());
      const auto fault = files_.read(prefix + "fault");
      const auto value = celsius(folder + file);
      if (!value || (fault && *fault && trim(**fault) == "1")) continue;
      const auto label = files_.read(prefix + "label");
      sensors.push_back({.name = label && *label ? name + " " + printable(trim(**label)) : name,
                         .celsius = *value,
                         .critical = limit(prefix + "crit"),
                         .high = limit(prefix + "max")});
    }
  }
  return {};
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
