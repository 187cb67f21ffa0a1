#pragma once
/// What the agent changed is given back, so that the node is as it was before and its operator can
/// still log in. Runs once, when the package is removed, while no agent runs.
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/core/module.hpp"
#include "agent/core/owned.hpp"
#include "agent/state/kept_files.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/nftables.hpp"
#include "agent/sys/process.hpp"
#include "agent/sys/units.hpp"

namespace kgnode::release {

class Release {
 public:
  static constexpr std::string_view kName = "release";

  /// Who must be able to log in to an sshd with its own configuration: user -> public keys.
  struct Desired {
    std::map<std::string, std::vector<std::string>> keys;
  };

  struct Account {
    std::string user;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home;
    std::string authorized;  // what is in the user's own authorized_keys
    bool operator==(const Account&) const = default;
  };
  struct File {
    state::KeptFile kept;
    std::optional<std::string> text;  // now
    std::optional<sys::Files::Attributes> attributes;
    bool operator==(const File&) const = default;
  };
  struct Observed {
    std::map<std::string, File> files;
    std::vector<Account> accounts;          // those of the wanted users that exist
    core::Owned::Entries changed_accounts;  // of the accounts domain: "what NAME" -> before
    std::vector<std::string> k3s;           // its units that run
    bool mounted = false;                   // the data disk, by our unit
    bool unlocked = false;                  // the encrypted one
    bool own_host_keys = false;             // sshd has keys where it looks by itself
    std::vector<std::string> host_keys;     // ours
    bool reload_wanted = false;             // of sshd, from an earlier run
    std::string sshd_error;                 // why sshd would not take its files; empty: it does
    bool table = false;
  };

  enum class Action : std::uint8_t {
    refuse,  // fails with its text; nothing was changed yet
    unmount,
    lock,
    add_keys,
    hand_over_host_keys,
    give_back,  // a file or its attributes
    give_shell,
    unlock,
    stay_locked,  // an account that would have no password: only forgotten
    leave,        // somebody else has changed the file meanwhile
    reload,
    remove_table,
  };
  struct Step {
    Action action = Action::refuse;
    std::string subject;  // path, unit, user, "what NAME", or the text of the refusal
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  /// `kept` gives back through `files`.
  Release(sys::Files& files, state::KeptFiles& kept, core::Owned& owned, sys::Processes& processes,
          sys::Units& units, sys::Nftables& nftables)
      : files_(files),
        kept_(kept),
        owned_(owned),
        processes_(processes),
        units_(units),
        nftables_(nftables) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired&, const Observed&) { return {}; }
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired&) { return {}; }

 private:
  Result<Observed> read();
  Task<Result<Account>> read_account(Account account);
  Task<Result<>> add_keys(const Step& step);
  Result<> give_back(const std::string& path);
  Task<Result<>> give_back_account(Step step);
  Task<Result<>> run(sys::Command command);

  sys::Files& files_;
  state::KeptFiles& kept_;
  core::Owned& owned_;
  sys::Processes& processes_;
  sys::Units& units_;
  sys::Nftables& nftables_;
  std::vector<Account> accounts_;
  std::vector<std::string> host_keys_;
};

/// The account of /etc/passwd; nullopt: there is none, or none that can have files.
std::optional<Release::Account> find_account(std::string_view passwd, std::string_view user);

}  // namespace kgnode::release
