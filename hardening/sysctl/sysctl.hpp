#pragma once
/// Kernel parameters: /proc/sys is kept at the values of the profile, /etc/sysctl.d/90-kgnode.conf
/// says the same for the next boot and for auditors, and what is no longer wanted is given back.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/core/owned.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/proc_sys.hpp"

namespace kgnode::hardening {

class Sysctl {
 public:
  static constexpr std::string_view kName = "sysctl";
  static constexpr std::string_view kFile = "/etc/sysctl.d/90-kgnode.conf";

  struct Setting {
    std::string value;
    std::string ids;
    std::string reason;
    std::string conflict = "-";
    bool operator==(const Setting&) const = default;
  };
  struct Desired {
    std::map<std::string, Setting> settings;  // by key
  };

  struct Current {
    std::string value;
    bool writable = true;
    bool operator==(const Current&) const = default;
  };
  struct Observed {
    std::map<std::string, Current> current;      // only keys that this kernel has
    core::Owned::Entries owned;                  // values before our first change
    std::map<std::string, std::string> refused;  // key -> value that the kernel did not take
    std::optional<std::string> file;
  };

  enum class Action : std::uint8_t { set, give_back, forget, write_file };
  struct Step {
    Action action = Action::set;
    std::string key;  // for write_file: the path
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Sysctl(sys::ProcSys& proc_sys, sys::Files& files, core::Owned& owned)
      : proc_sys_(proc_sys), files_(files), owned_(owned) {}

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
  Result<> set(const Step& step);

  sys::ProcSys& proc_sys_;
  sys::Files& files_;
  core::Owned& owned_;
  std::map<std::string, std::string> refused_;
};

}  // namespace kgnode::hardening
