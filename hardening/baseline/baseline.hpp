#pragma once
/// What auditors ask of files, mounts and services that no other domain rules: settings are kept,
/// rights taken away, and where the node does otherwise it says why.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "hardening/baseline/profile.hpp"

namespace kgnode::hardening {

class Baseline {
 public:
  static constexpr std::string_view kName = "baseline";

  struct Desired {
    std::vector<BaselineRow> rows;  // with the values of the configuration
  };

  struct Observed {
    bool container = false;                                    // its mounts are made outside
    std::map<std::string, std::string> files;                  // those that are there
    std::map<std::string, sys::Files::Attributes> attributes;  // those that are there
    std::set<std::string> there;                               // of the paths that rows need
    std::map<std::string, std::set<std::string>> mounts;       // options by mount point
    std::set<std::string> units;                               // there, and not masked
  };

  enum class Action : std::uint8_t { write_file, remove_file, set_mode };
  struct Step {
    Action action = Action::write_file;
    std::string subject;
    std::string before;
    std::string after;
    sys::Files::Attributes attributes = {};  // of set_mode
    bool operator==(const Step&) const = default;
  };

  explicit Baseline(sys::Files& files) : files_(files) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  static std::vector<core::Item> items(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

 private:
  Result<Observed> read_all(const Desired& want);
  Result<> read_row(const BaselineRow& row, Observed& have);

  sys::Files& files_;
};

/// Whether there is anything that the row is about.
bool is_applicable(const BaselineRow& row, const Baseline::Observed& have);
/// What is there instead of what the row wants; nullopt: it holds.
std::optional<std::string> violation(const BaselineRow& row, const Baseline::Observed& have);

}  // namespace kgnode::hardening
