#pragma once
/// sshd: one drop-in that comes first, host keys that survive image updates, and the operator's way
/// in. What sshd itself says (`sshd -t`, `sshd -T`) is the truth; a change that would leave no way
/// in is refused.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/process.hpp"
#include "agent/sys/units.hpp"
#include "hardening/ssh/parse_sshd.hpp"

namespace kgnode::hardening {

class Ssh {
 public:
  static constexpr std::string_view kName = "ssh";
  static constexpr std::string_view kMain = "/etc/ssh/sshd_config";
  static constexpr std::string_view kDropInFolder = "/etc/ssh/sshd_config.d";
  static constexpr std::string_view kDropInName = "00-kgnode.conf";  // the first value wins
  static constexpr std::string_view kDropIn = "/etc/ssh/sshd_config.d/00-kgnode.conf";
  static constexpr std::string_view kBanner = "/etc/issue.net";
  static constexpr std::string_view kHostKeys = "/var/lib/kgnode/ssh/";
  static constexpr std::string_view kSystemKey = "/etc/ssh/ssh_host_ed25519_key";
  // sshd reads it as the user: /var/lib/kgnode must let others pass (0711).
  static constexpr std::string_view kKeysFolder = "/var/lib/kgnode/ssh/authorized_keys";
  static constexpr std::string_view kUserFile = "/etc/sysusers.d/kgnode-operator.conf";
  static constexpr std::string_view kHomeFile = "/etc/tmpfiles.d/kgnode-operator.conf";
  // Ours to write, root's alone, gone after a reboot: a reload that is still to be done.
  static constexpr std::string_view kReloadMark = "/run/kgnode/ssh-reload";
  static constexpr std::string_view kUnit = "ssh.service";

  /// A directive as sshd_config spells it, in the order of the file.
  using Directive = std::pair<std::string, std::string>;
  struct Desired {
    std::string user;
    std::vector<std::string> keys;  // lines for authorized_keys, all of them valid
    std::vector<Directive> directives;
    std::string refusal;  // not empty: applying this would leave no way in
  };

  struct HostKey {
    std::string path;
    bool present = false;
    bool private_mode = true;  // 0600 and root's
    std::string problem;       // present and not usable: why
    std::string taken_over;    // absent: the key that clients know this machine by already
  };
  struct Observed {
    std::map<std::string, std::optional<std::string>> files;  // every file we write whole
    std::vector<std::string> key_files;                       // names in kKeysFolder
    bool user_ready = false;    // exists, in both groups, has its home
    bool main_private = false;  // sshd_config is 0600 and root's
    std::vector<HostKey> host_keys;
    std::string unit_state;
    bool reload_wanted = false;
    std::vector<SshdOptions> effective;         // for the operator and for root; empty: not known
    std::string effective_error;                // why it is not known
    std::map<std::string, std::string> others;  // other configuration files: path -> text
  };

  enum class Action : std::uint8_t {
    refuse,      // fails with its text, so that the report says what a person must do
    write_file,  // whole file, no validation
    remove_file,
    make_private,  // root's alone, 0600
    make_user,     // sysusers and tmpfiles carry out kUserFile and kHomeFile
    make_host_key,
    write_drop_in,  // validated before and after; the old one comes back if sshd does not take it
    reload,
    restart,
  };
  struct Step {
    Action action = Action::refuse;
    std::string subject;  // path, unit, or the text of the refusal
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Ssh(sys::Files& files, sys::Processes& processes, sys::Units& units)
      : files_(files), processes_(processes), units_(units) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  static std::vector<core::Item> items(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

 private:
  Result<Observed> read_files(const Desired& want);
  Task<HostKey> look_at_host_key(std::string path);
  Task<Result<>> write_drop_in(const Step& step);
  Task<Result<>> validate_candidate(const Step& step);
  Task<Result<>> run(std::vector<std::string> argv);

  sys::Files& files_;
  sys::Processes& processes_;
  sys::Units& units_;
};

/// One directive of ours as auditors know it.
struct SshRow {
  std::string directive;
  std::string ids;
  std::string title;
  std::string conflict;  // "-": none
};
Result<std::vector<SshRow>> parse_ssh_profile(std::string_view table);
const std::vector<SshRow>& ssh_profile();

/// Whether an option of `sshd -T` has the value that the directive gives it.
bool is_in_force(const std::string& option, const std::string& wanted,
                 const SshdOptions& effective);

/// The texts of the files, pure.
std::string render_drop_in(const Ssh::Desired& want);
std::string render_authorized_keys(const Ssh::Desired& want);
/// sshd_config as it will be read once `candidate` has taken our drop-in's place among `others`
/// (names in the drop-in folder, ours left out).
std::string render_candidate(std::string_view main, std::vector<std::string> others,
                             std::string_view candidate);
/// Files this domain writes whole, with their wanted text; not the drop-in.
std::map<std::string, std::string> plain_files(const Ssh::Desired& want);
std::vector<std::string> host_key_paths();
std::string authorized_keys_path(const std::string& user);
std::string home_of(const std::string& user);

}  // namespace kgnode::hardening
