/// First what can be refused, then the way in, then everything else; the packet filter goes last.
#include <algorithm>
#include <format>

#include "agent/base/ssh_key.hpp"
#include "agent/base/text.hpp"
#include "agent/release/release.hpp"
#include "agent/state/pending.hpp"
#include "hardening/accounts/accounts.hpp"
#include "hardening/ssh/ssh.hpp"
#include "storage/longhorn/longhorn.hpp"
#include "storage/storage.hpp"

namespace kgnode::release {
namespace {

using Action = Release::Action;
using Steps = std::vector<Release::Step>;
using hardening::Accounts, hardening::Ssh;

/// While there is an agent nobody else's attributes last, so they are ours.
bool is_ours(const Release::File& file) {
  return file.kept.only_attributes || !file.text || file.text->starts_with(state::kMark) ||
         state::hash_text(*file.text) == file.kept.written;
}

bool is_as_before(const Release::File& file) {
  if (!file.kept.before) return !file.text;
  const bool same = file.attributes == file.kept.before;
  return file.kept.only_attributes ? same : same && file.text == file.kept.text;
}

void plan_accounts(Steps& steps, const Release::Observed& have) {
  for (const auto& [what, before] : have.changed_accounts) {
    const auto action = what.starts_with(Accounts::kShell) ? Action::give_shell
                        : before == Accounts::kNoPassword  ? Action::stay_locked
                                                           : Action::unlock;
    steps.push_back({action, what, "", before.value_or("")});
  }
}

void plan_files(Steps& steps, const Release::Observed& have) {
  for (const auto& [path, file] : have.files) {
    const bool kept = is_as_before(file) || is_ours(file);
    steps.push_back(
        {kept ? Action::give_back : Action::leave, path, file.text.value_or(""), file.kept.text});
  }
}

/// Lines of the wanted keys that are not there; a comment makes no difference.
std::string find_missing(const std::vector<std::string>& keys, const std::string& authorized) {
  std::string lines;
  for (const auto& line : keys) {
    const auto key = parse_ssh_key(line);
    if (key && !authorized.contains(key->blob)) lines += to_string(*key) + "\n";
  }
  const bool unfinished = !authorized.empty() && !authorized.ends_with('\n');
  return unfinished && !lines.empty() ? "\n" + lines : lines;
}

bool is_kept(const Release::Observed& have, std::string_view path) {
  return have.files.contains(std::string(path));
}

/// What would make a later step fail, or harm: nothing was changed yet.
std::string find_refusal(const Release::Observed& have) {
  if (is_kept(have, storage::Storage::kUnitFile) && !have.k3s.empty()) {
    return std::format(
        "{} runs, and after the next boot the data disk would not be mounted for it: stop it first "
        "(systemctl stop {})",
        join(have.k3s, ", "), join(have.k3s, " "));
  }
  if (is_kept(have, Ssh::kDropIn) && !have.sshd_error.empty())
    return std::format("sshd does not take its files: {}; mend that first, or nobody could log in",
                       have.sshd_error);
  return {};
}

void plan_way_in(Steps& steps, const Release::Desired& want, const Release::Observed& have) {
  for (const auto& account : have.accounts) {
    const auto keys = want.keys.find(account.user);
    if (keys == want.keys.end()) continue;
    auto lines = find_missing(keys->second, account.authorized);
    if (!lines.empty())
      steps.push_back({Action::add_keys, account.user, account.authorized, std::move(lines)});
  }
  if (!have.own_host_keys && !have.host_keys.empty())
    steps.push_back({Action::hand_over_host_keys, "/etc/ssh"});
}

}  // namespace

std::vector<Release::Step> Release::plan(const Desired& want, const Observed& have) {
  if (auto why = find_refusal(have); !why.empty()) return {{Action::refuse, std::move(why)}};
  Steps steps;
  if (have.mounted) steps.push_back({Action::unmount, std::string(storage::Storage::kUnit)});
  if (have.unlocked) steps.push_back({Action::lock, std::string(storage::kMapping)});
  const bool rules_sshd = is_kept(have, Ssh::kDropIn);
  if (rules_sshd) plan_way_in(steps, want, have);
  plan_accounts(steps, have);
  // From here on the operator can log in to an sshd that knows nothing of us.
  plan_files(steps, have);
  if (rules_sshd || have.reload_wanted) steps.push_back({Action::reload, std::string(Ssh::kUnit)});
  if (is_kept(have, storage::Longhorn::kMultipathFile))
    steps.push_back({Action::reload, std::string(storage::Longhorn::kMultipath)});
  if (have.table) steps.push_back({Action::remove_table, "inet kgnode"});
  return steps;
}

core::StepView Release::view(const Step& step) {
  const auto& subject = step.subject;
  switch (step.action) {
    case Action::refuse:
      return {.text = "refused", .after = subject};
    case Action::unmount:
      return {.text = "unmount the data disk", .before = subject};
    case Action::lock:
      return {.text = "close the encrypted device " + subject};
    case Action::add_keys:
      return {.text = "add keys to the authorized_keys of " + subject, .after = step.after};
    case Action::hand_over_host_keys:
      return {.text = "hand the host keys over to " + subject};
    case Action::give_back:
      return {"give back " + subject, step.before, step.after,
              subject == Ssh::kDropIn ? core::Risk::lockout : core::Risk::none};
    case Action::give_shell:
    case Action::unlock:
      return {.text = "give back to an account: " + subject, .after = step.after};
    case Action::stay_locked:
      return {.text = "leave locked what had no password: " + subject};
    case Action::leave:
      return {.text = "leave " + subject + ", which somebody else has changed"};
    case Action::reload:
      return {.text = "reload " + subject};
    case Action::remove_table:
      return {.text = "remove table " + subject, .before = "the rules of the configuration"};
  }
  return {};
}

}  // namespace kgnode::release
