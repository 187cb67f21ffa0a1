#pragma once
/// Units through systemctl: it waits for the job and explains its failure.
#include <string>
#include <string_view>

#include "agent/sys/process.hpp"
#include "agent/sys/units.hpp"

namespace kgnode::sys {

/// What Units::state answers, from the lines of "systemctl show"; empty: they do not say. Pure.
std::string parse_unit_state(std::string_view properties);

class Systemctl final : public Units {
 public:
  explicit Systemctl(Processes& processes) : processes_(processes) {}
  Task<Result<std::string>> state(std::string unit) override;
  Task<Result<>> reload(std::string unit) override;
  Task<Result<>> restart(std::string unit) override;
  Task<Result<>> stop(std::string unit) override;
  Task<Result<>> start(std::string unit) override;

 private:
  Task<Result<>> job(std::string verb, std::string option, std::string unit);
  Processes& processes_;
};

}  // namespace kgnode::sys
