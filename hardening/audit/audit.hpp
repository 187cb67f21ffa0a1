#pragma once
/// The kernel's record of who did what: rule files that augenrules loads, the daemon that keeps the
/// records, and whether they are kept. What the kernel says is the truth; a helper with the right
/// to ask it does so.
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
#include "agent/sys/audit.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/units.hpp"
#include "hardening/audit/profile.hpp"

namespace kgnode::hardening {

class Audit {
 public:
  static constexpr std::string_view kName = "audit";
  static constexpr std::string_view kRulesFile = "/etc/audit/rules.d/50-kgnode.rules";
  static constexpr std::string_view kLockFile = "/etc/audit/rules.d/99-kgnode-finalize.rules";
  static constexpr std::string_view kDaemonFile = "/etc/audit/auditd.conf";
  static constexpr std::string_view kLoader = "/usr/sbin/augenrules";  // of Debian's auditd
  static constexpr std::string_view kRulesUnit = "audit-rules.service";
  static constexpr std::string_view kDaemonUnit = "auditd.service";
  // Gone after a reboot, as the rules in the kernel are: what was loaded, and what came of it.
  static constexpr std::string_view kLoaded = "/run/kgnode/audit/loaded";
  static constexpr std::string_view kRestartMark = "/run/kgnode/audit/restart";

  struct Desired {
    bool enabled = false;  // false: nothing of ours is to be left
    bool immutable = false;
    std::vector<AuditRow> rules;  // of this role
    std::string daemon_text;
  };

  /// Files that were loaded, and the rules that the kernel had afterwards.
  struct Loaded {
    std::string files;   // hash
    std::string kernel;  // hash
    bool operator==(const Loaded&) const = default;
  };
  /// Why there is nothing to be done here; `none`: there is.
  enum class Absent : std::uint8_t { none, container, package };
  struct Observed {
    Absent absent = Absent::none;
    std::map<std::string, std::optional<std::string>> files;  // those we write
    std::set<std::string> there;                              // of the paths that rules need
    std::vector<std::string> set_id;                          // programs, sorted
    std::string daemon_state;
    bool restart_wanted = false;  // its file was changed since it was started
    std::optional<Loaded> loaded;
    std::optional<sys::AuditSeen> kernel;  // nullopt: could not be seen
    std::string error;                     // why
  };

  enum class Action : std::uint8_t {
    write_file,
    remove_file,
    load,  // what is in rules.d becomes the kernel's rules
    restart_daemon,
  };
  struct Step {
    Action action = Action::write_file;
    std::string subject;
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Audit(sys::Files& files, sys::Units& units) : files_(files), units_(units) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  static std::vector<core::Item> items(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

 private:
  Result<> read_files(const Desired& want, Observed& have);
  Task<Result<sys::AuditSeen>> look();
  Task<Result<>> load(std::string hash);
  Task<Result<>> restart_daemon();

  sys::Files& files_;
  sys::Units& units_;
};

/// Whether a row has its rules in the file now: all but those whose path is absent.
bool is_in_file(const AuditRow& row, const Audit::Observed& have);
/// Rules wait for K3s to make their paths, so it is too early to lock them.
bool waits_for_k3s(const Audit::Desired& want, const Audit::Observed& have);
std::vector<std::string> audit_lines(const AuditRow& row, const Audit::Observed& have);

/// The texts of the files.
std::string render_rules(const Audit::Desired& want, const Audit::Observed& have);
std::string render_lock();
std::string render_daemon(const config::Audit& audit);
/// Of what is in rules.d by our hand.
std::string loaded_hash(std::string_view rules, bool locked);

}  // namespace kgnode::hardening
