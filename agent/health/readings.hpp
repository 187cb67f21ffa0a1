#pragma once
/// What one look at the node found; whatever could not be read says why.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/chrony.hpp"
#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "agent/sys/gauges.hpp"

namespace kgnode::health {

struct Memory {
  std::uint64_t total = 0;  // bytes
  std::uint64_t available = 0;
  bool operator==(const Memory&) const = default;
};

/// Pressure stall information: the share of time in which somebody (some) or everybody (full)
/// waited, of the last 60 s in percent and since boot.
struct Stall {
  double share = 0;
  std::chrono::microseconds total{0};
  bool operator==(const Stall&) const = default;
};
struct Pressure {
  Stall some;
  Stall full;
  bool operator==(const Pressure&) const = default;
};

struct Load {
  double one = 0;
  double five = 0;
  double fifteen = 0;
  bool operator==(const Load&) const = default;
};

/// Of all processors together, since boot, in clock ticks.
struct ProcessorTime {
  std::uint64_t busy = 0;
  std::uint64_t idle = 0;
  unsigned processors = 0;
  bool operator==(const ProcessorTime&) const = default;
};

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t errors = 0;  // and packets dropped
  bool operator==(const Traffic&) const = default;
};

struct Interface {
  std::string name;
  bool up = false;
  bool carrier = false;
  Traffic traffic;
  bool operator==(const Interface&) const = default;
};

struct Sensor {
  std::string name;
  double celsius = 0;
  std::optional<double> critical;  // the machine turns itself off there
  std::optional<double> high;      // its maker wants it no hotter
  bool operator==(const Sensor&) const = default;
};

/// How a file system is mounted.
struct MountMode {
  std::string type;
  bool read_only = false;
  bool meant = false;  // to be read-only: an image, or the operator's /etc/fstab says so
  bool operator==(const MountMode&) const = default;
};

struct Listener {
  PortRange port;
  std::string process;  // empty: it cannot be told
  auto operator<=>(const Listener&) const = default;
};

/// What a meter of energy counted so far.
struct EnergyMeter {
  std::string name;  // "package-0"
  std::uint64_t microjoules = 0;
  std::uint64_t wraps_at = 0;
  bool operator==(const EnergyMeter&) const = default;
};

inline Error not_looked_at() { return Error::plain("not looked at yet"); }

struct Readings {
  std::chrono::steady_clock::time_point at;
  std::chrono::system_clock::time_point wall;
  std::map<std::string, Result<std::optional<sys::MountSpace>>> spaces;  // by mount point
  Result<Memory> memory = fail(not_looked_at());
  std::map<std::string, Result<Pressure>> pressure;  // "cpu", "io", "memory"
  Result<Load> load = fail(not_looked_at());
  Result<ProcessorTime> processors = fail(not_looked_at());
  Result<std::uint64_t> oom_kills = fail(not_looked_at());             // since boot
  std::optional<Result<ClockSeen>> clock = fail(not_looked_at());      // nullopt: it is the host's
  Result<std::optional<Interface>> interface = fail(not_looked_at());  // nullopt: none has ours
  Result<std::vector<std::string>> failed_units = fail(not_looked_at());
  Result<std::uint64_t> taint = fail(not_looked_at());
  Result<std::vector<Sensor>> sensors = fail(not_looked_at());
  Result<std::vector<Listener>> listeners = fail(not_looked_at());
  Result<std::vector<EnergyMeter>> meters = fail(not_looked_at());
  std::optional<Result<std::uint64_t>> requests;  // nullopt: nobody counts them
  Result<std::map<std::string, MountMode>> modes = fail(not_looked_at());  // by mount point
};

/// What only shows between looks, with the time it was seen last.
struct Events {
  std::string interface;  // that had our address last
  std::optional<std::chrono::steady_clock::time_point> oom_kill;
  std::optional<std::chrono::steady_clock::time_point> clock_jump;
  std::chrono::milliseconds jumped_by{0};
  double error_share = 0;  // of the packets between the last two looks
};

}  // namespace kgnode::health
