#pragma once
/// How the disks below the root and the data are: what the kernel counted, and what the drives say
/// of themselves.
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/sys/disks.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/process.hpp"
#include "agent/sys/smart_report.hpp"

namespace kgnode::storage {

/// Commands that failed and commands that nobody answered.
struct CommandErrors {
  std::uint64_t failed = 0;
  std::uint64_t timed_out = 0;
  bool operator==(const CommandErrors&) const = default;
};

struct DriveHealth {
  std::string disk;  // its name
  sys::SmartReport smart;
  CommandErrors errors;  // since the agent started
  bool operator==(const DriveHealth&) const = default;
};

/// Of ext4, which keeps them on the disk until it is repaired.
struct FileSystemErrors {
  std::string device;
  std::uint64_t count = 0;
  std::string function;  // of the kernel, where the last one was found
  bool operator==(const FileSystemErrors&) const = default;
};

struct Health {
  std::vector<DriveHealth> drives;
  std::vector<FileSystemErrors> file_systems;
  std::string trouble;  // what could not be read
  bool operator==(const Health&) const = default;
};

/// What the kernel counted between two looks, as far as it means something. Each look of ours makes
/// a few commands fail, for disks are asked what some do not know.
CommandErrors judge_errors(const CommandErrors& before, const CommandErrors& now);

class HealthWatch {
 public:
  static constexpr std::string_view kProgram = "/usr/sbin/smartctl";

  HealthWatch(sys::Files& files, sys::Processes& processes, const Clock& clock)
      : files_(files), processes_(processes), clock_(clock) {}

  /// A drive is asked once an hour at most, and none that sleeps is woken.
  Task<Health> look(std::vector<sys::BlockDevice> devices);

 private:
  struct Known {
    std::optional<CommandErrors> seen;
    CommandErrors counted;
    std::optional<std::chrono::steady_clock::time_point> asked;
    sys::SmartReport smart;
  };

  Result<> count(const std::string& disk, Known& known);
  Result<std::uint64_t> read_number(const std::string& path);
  Result<> add_file_systems(std::span<const sys::BlockDevice> devices, Health& health);
  Task<sys::SmartReport> ask(std::string path);

  sys::Files& files_;
  sys::Processes& processes_;
  const Clock& clock_;
  std::map<std::string, Known> known_;  // by name, size, model and serial
};

}  // namespace kgnode::storage
