#pragma once
/// Who could log in with a password: nobody, but for one account on the console with a last day.
/// The operator's keys are the ssh domain's.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/core/owned.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/process.hpp"
#include "agent/sys/units.hpp"
#include "hardening/accounts/parse_shadow.hpp"

namespace kgnode::hardening {

class Accounts {
 public:
  static constexpr std::string_view kName = "accounts";
  static constexpr std::string_view kAuth = "/etc/pam.d/common-auth";
  static constexpr std::string_view kAccount = "/etc/pam.d/common-account";
  static constexpr std::string_view kSu = "/etc/pam.d/su";
  static constexpr std::string_view kUserFile = "/etc/sysusers.d/kgnode-break-glass.conf";
  static constexpr std::string_view kHomeFile = "/etc/tmpfiles.d/kgnode-break-glass.conf";
  static constexpr std::string_view kConsole = "kgnode-break-glass.service";

  /// Of our changes of accounts in `core::Owned`, "what NAME" -> value before.
  static constexpr std::string_view kLocked = "lock ";
  static constexpr std::string_view kShell = "shell ";
  static constexpr std::string_view kPassword = "password";
  static constexpr std::string_view kNoPassword = "none";

  struct Desired {
    std::optional<config::BreakGlass> break_glass;
    std::string admin;  // logs in, whatever number the account has
  };

  struct Observed {
    std::vector<Account> accounts;
    std::vector<ShadowEntry> shadow;
    std::vector<Group> groups;
    std::map<std::string, std::optional<std::string>> files;
    std::chrono::sys_days today;
    bool has_hash = false;     // the break-glass password is known
    bool hash_in_use = false;  // and is the account's
    std::string console;       // state of its unit
    bool has_console = true;   // a container has none
  };

  enum class Action : std::uint8_t {
    write_file,
    remove_file,
    lock,      // the account's password
    no_shell,  // nobody logs in to it
    make_break_glass,
    set_password,
    set_expiry,
    open_console,
    close_console,
  };
  struct Step {
    Action action = Action::write_file;
    std::string subject;  // an account, a path or a unit
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Accounts(sys::Files& files, core::Owned& owned, sys::Processes& processes, sys::Units& units,
           const Clock& clock)
      : files_(files), owned_(owned), processes_(processes), units_(units), clock_(clock) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  static std::vector<core::Item> items(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

 private:
  Result<> read_all(const Desired& want, Observed& have);
  Result<> read_hash(const Desired& want, std::string_view shadow, Observed& have);
  Task<Result<>> run(std::vector<std::string> argv, std::string input = {});
  Task<Result<>> set_password(std::string name);
  Task<Result<>> change_account(std::string key, std::string before, std::vector<std::string> argv);

  sys::Files& files_;
  core::Owned& owned_;
  sys::Processes& processes_;
  sys::Units& units_;
  const Clock& clock_;
  std::shared_ptr<const sys::SecretBuffer> hash_;  // of the last observation
};

/// The break-glass account is to be usable today.
bool is_break_glass_open(const Accounts::Desired& want, const Accounts::Observed& have);
/// Names of accounts that a row of the table complains of; nullopt: no such row.
std::optional<std::vector<std::string>> offenders(std::string_view row,
                                                  const Accounts::Desired& want,
                                                  const Accounts::Observed& have);

}  // namespace kgnode::hardening
