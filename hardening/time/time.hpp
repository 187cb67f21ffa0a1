#pragma once
/// The clock: where chrony has the time from, and whether it has it. A helper with chrony's own
/// account asks chronyd.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/chrony.hpp"
#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/units.hpp"

namespace kgnode::hardening {

class Time {
 public:
  static constexpr std::string_view kName = "time";
  static constexpr std::string_view kFile = "/etc/chrony/chrony.conf";
  static constexpr std::string_view kDaemon = "/usr/sbin/chronyd";
  static constexpr std::string_view kUnit = "chrony.service";
  static constexpr std::string_view kLookUnit = "kgnode-time-look.service";
  static constexpr std::string_view kRestartMark = "/run/kgnode/time/restart";

  struct Desired {
    std::vector<std::string> sources;
    std::vector<std::string> nts_sources;
  };

  struct Observed {
    bool container = false;  // the clock is the host's
    bool installed = true;
    std::optional<std::string> file;
    std::string state;            // of chrony
    bool restart_wanted = false;  // its file was changed since it was started
    std::optional<ClockSeen> clock;
    std::string error;  // why it is not seen
  };

  enum class Action : std::uint8_t { write_file, restart };
  struct Step {
    Action action = Action::write_file;
    std::string subject;
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Time(sys::Files& files, sys::Units& units) : files_(files), units_(units) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  static std::vector<core::Item> items(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

  /// When to look again because the clock is not set yet; nullopt: the reconciler's period is
  /// enough.
  std::optional<std::chrono::seconds> look_again() const;

 private:
  Task<Result<ClockSeen>> look();

  sys::Files& files_;
  sys::Units& units_;
  unsigned looks_in_vain_ = 0;  // since the clock was set last
};

std::string render_chrony(const Time::Desired& want);

}  // namespace kgnode::hardening
