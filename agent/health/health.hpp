#pragma once
/// How the node is: space, memory, pressure, clock, interface, units, kernel, energy. It only
/// looks; there is nothing to plan.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/health/energy.hpp"
#include "agent/health/judge.hpp"
#include "agent/health/readings.hpp"
#include "agent/health/tracker.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/gauges.hpp"
#include "agent/sys/process.hpp"

namespace kgnode::health {

class Health {
 public:
  static constexpr std::string_view kName = "health";
  /// How often it wants to look.
  static constexpr std::chrono::seconds kEach{10};

  struct Desired {
    Expected expected;
    std::vector<std::string> mounts;
    std::string request_counter;
    std::optional<unsigned> grid_intensity;
  };
  struct Observed {
    std::vector<Told> checks;
    Energy energy;
  };
  using Step = std::monostate;

  Health(sys::Files& files, sys::Gauges& gauges, sys::Processes& processes, const Clock& clock)
      : files_(files), gauges_(gauges), processes_(processes), clock_(clock) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired&, const Observed&) { return {}; }
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step&) { co_return Result<>{}; }
  static core::StepView view(const Step&) { return {}; }
  static std::vector<std::string> watch_paths(const Desired&) { return {}; }

  /// Of the last look; nullopt: there was none yet.
  const std::optional<Readings>& readings() const { return readings_; }
  const std::vector<Told>& checks() const { return checks_; }
  const Energy& energy() const { return energy_; }

 private:
  Readings read_all(const Desired& want);
  Result<std::string> read(const std::string& path);
  template <class Parse>
  auto read_as(const std::string& path, Parse parse)
      -> Result<typename decltype(parse(""))::value_type>;
  Result<std::optional<Interface>> read_interface(const Address& address);
  Result<std::uint64_t> read_number(const std::string& path);
  Result<std::vector<Sensor>> read_sensors();
  Result<> read_chips(std::vector<Sensor>& sensors);
  Result<std::map<std::string, MountMode>> read_modes(const std::vector<std::string>& mounts);
  Result<std::vector<EnergyMeter>> read_meters();
  std::optional<Result<ClockSeen>> read_clock();
  Result<std::vector<Listener>> read_listeners(const Expected& want);
  Task<Result<std::vector<std::string>>> list_failed_units();

  sys::Files& files_;
  sys::Gauges& gauges_;
  sys::Processes& processes_;
  const Clock& clock_;

  std::optional<Readings> readings_;
  Events events_;
  Tracker tracker_;
  std::vector<Told> checks_;
  Energy energy_;
  std::optional<std::chrono::steady_clock::time_point> looked_closely_;
};

}  // namespace kgnode::health
