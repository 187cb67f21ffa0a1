#pragma once
/// The slot that runs and what became of the last update. Nothing to plan: a machine changes its
/// slot only when it is told to.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/slots/record.hpp"
#include "agent/slots/running.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::slots {

class Image {
 public:
  static constexpr std::string_view kName = "image";
  using Desired = std::monostate;
  using Step = std::monostate;
  struct Observed {
    Running running;
    std::optional<Record> record;
  };

  explicit Image(sys::Files& files) : files_(files) {}

  static Desired desired(const config::Config&) { return {}; }
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired&, const Observed&) { return {}; }
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step&) { co_return Result<>{}; }
  static core::StepView view(const Step&) { return {}; }
  static std::vector<std::string> watch_paths(const Desired&) { return {RecordFile::kPath}; }

  Result<Observed> read();

 private:
  sys::Files& files_;
};

}  // namespace kgnode::slots
