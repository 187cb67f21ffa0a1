#pragma once
/// systemd units over D-Bus.
#include <string>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"

namespace kgnode::sys {

class Units {
 public:
  virtual ~Units() = default;

  /// "active", "inactive", "failed", ...; "not-found" when there is no such unit, "queued" when a
  /// job for it waits its turn, "disabled" when it is not running and not meant to.
  virtual Task<Result<std::string>> state(std::string unit) = 0;
  /// Reloads a running unit, waits for the job to end; does nothing to a unit that is not running.
  virtual Task<Result<>> reload(std::string unit) = 0;
  virtual Task<Result<>> restart(std::string unit) = 0;
  /// Waits for the job to end.
  virtual Task<Result<>> stop(std::string unit) = 0;
  /// Returns as soon as the job is queued.
  virtual Task<Result<>> start(std::string unit) = 0;
};

}  // namespace kgnode::sys
