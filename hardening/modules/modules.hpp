#pragma once
/// Kernel modules: what must never load is denied to modprobe, what K3s and Longhorn need is loaded
/// now and at boot.
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
#include "agent/sys/process.hpp"

namespace kgnode::hardening {

class Modules {
 public:
  static constexpr std::string_view kName = "modules";
  static constexpr std::string_view kDenyFile = "/etc/modprobe.d/kgnode.conf";
  static constexpr std::string_view kPreloadFile = "/etc/modules-load.d/kgnode.conf";

  struct Rule {
    std::string ids;
    std::string reason;
    std::string conflict = "-";
    bool operator==(const Rule&) const = default;
  };
  struct Desired {
    std::map<std::string, Rule> deny;  // by name, as auditors spell it
    std::map<std::string, Rule> preload;
  };

  struct Observed {
    std::optional<std::string> deny_file;
    std::optional<std::string> preload_file;
    std::string release;           // of the running kernel
    std::set<std::string> loaded;  // names with underscores
    std::set<std::string> builtin;
    std::set<std::string> missing;               // wanted, and this kernel has no such module
    std::map<std::string, std::string> refused;  // name -> what modprobe said
  };

  enum class Action : std::uint8_t { write_file, load };
  struct Step {
    Action action = Action::load;
    std::string name;  // a module or a path
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Modules(sys::Files& files, sys::Processes& processes) : files_(files), processes_(processes) {}

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

  sys::Files& files_;
  sys::Processes& processes_;
  std::map<std::string, std::string> refused_;
};

}  // namespace kgnode::hardening
