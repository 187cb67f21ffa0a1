/// Passwords that are not to be are locked; the one that is to be is set and ends.
#include <algorithm>
#include <format>

#include "agent/base/units.hpp"
#include "hardening/accounts/accounts.hpp"
#include "hardening/accounts/pam.hpp"

namespace kgnode::hardening {
namespace {

using Action = Accounts::Action;
using Steps = std::vector<Accounts::Step>;

constexpr std::chrono::days kOneDay{1};

const ShadowEntry* find_entry(const Accounts::Observed& have, std::string_view name) {
  const auto found = std::ranges::find(have.shadow, name, &ShadowEntry::name);
  return found == have.shadow.end() ? nullptr : &*found;
}

void plan_file(Steps& steps, const Accounts::Observed& have, std::string_view path,
               const std::optional<std::string>& text) {
  const auto& now = have.files.at(std::string(path));
  if (now == text) return;
  steps.push_back(
      text ? Accounts::Step{Action::write_file, std::string(path), now.value_or(""), *text}
           : Accounts::Step{Action::remove_file, std::string(path), *now, ""});
}

void plan_su(Steps& steps, const Accounts::Observed& have) {
  const auto& text = have.files.at(std::string(Accounts::kSu));
  if (!text) return;
  if (auto hardened = hardened_su(*text)) plan_file(steps, have, Accounts::kSu, hardened);
}

void plan_pam(Steps& steps, const Accounts::Observed& have) {
  const auto& auth = have.files.at(std::string(Accounts::kAuth));
  const auto& account = have.files.at(std::string(Accounts::kAccount));
  if (!auth || !account) return;
  const auto new_auth = hardened_auth(*auth);
  const auto new_account = hardened_account(*account);
  // Together or not at all: the counter is reset by one and kept by the other.
  if (!new_auth || !new_account) return;
  plan_file(steps, have, Accounts::kAuth, new_auth);
  plan_file(steps, have, Accounts::kAccount, new_account);
}

/// sysusers gives it a fixed uid, so that its home keeps its owner although /etc is new at each
/// boot.
std::string user_file(const config::BreakGlass& account) {
  return std::format(
      "# Written by kgnode: the break-glass account of [accounts] in /etc/kgnode/node.toml. Not in "
      "kgnode-ssh: it is for the console.\ng kgnode-admin - -\nu {0} 1911 \"Break glass\" "
      "/var/home/{0} /bin/bash\nm {0} kgnode-admin\n",
      account.user);
}

std::string home_file(const config::BreakGlass& account) {
  return std::format(
      "# Written by kgnode: the home of the break-glass account.\nd /var/home/{0} 0700 {0} {0}\n",
      account.user);
}

void plan_break_glass(Steps& steps, const Accounts::Desired& want, const Accounts::Observed& have) {
  const bool open = is_break_glass_open(want, have);
  const auto before = steps.size();
  plan_file(steps, have, Accounts::kUserFile,
            open ? std::optional(user_file(*want.break_glass)) : std::nullopt);
  plan_file(steps, have, Accounts::kHomeFile,
            open ? std::optional(home_file(*want.break_glass)) : std::nullopt);
  if (!open) {
    if (have.console == "active")
      steps.push_back(
          {.action = Action::close_console, .subject = std::string(Accounts::kConsole)});
    return;
  }
  const auto& name = want.break_glass->user;
  const auto* entry = find_entry(have, name);
  if (entry == nullptr || steps.size() != before)
    steps.push_back({.action = Action::make_break_glass, .subject = name});
  // On the day after the last one: shadow(5) names the first day on which nobody gets in.
  const auto end = want.break_glass->expires + kOneDay;
  if (entry == nullptr || entry->expires != end)
    steps.push_back({Action::set_expiry, name, "", to_string(end)});
  if (!have.hash_in_use) steps.push_back({.action = Action::set_password, .subject = name});
  if (have.has_console && have.console != "active" && have.console != "queued")
    steps.push_back({.action = Action::open_console, .subject = std::string(Accounts::kConsole)});
}

}  // namespace

std::vector<Accounts::Step> Accounts::plan(const Desired& want, const Observed& have) {
  Steps steps;
  const auto who = [&want, &have](std::string_view row) {
    return offenders(row, want, have).value_or(std::vector<std::string>{});
  };
  for (const auto& name : who("no-passwords"))
    steps.push_back({Action::lock, name, std::string(kPassword), ""});
  for (const auto& name : who("no-empty-passwords"))
    steps.push_back({Action::lock, name, std::string(kNoPassword), ""});
  for (const auto& name : who("system-shells"))
    steps.push_back({Action::no_shell, name,
                     std::ranges::find(have.accounts, name, &Account::name)->shell,
                     "/usr/sbin/nologin"});
  plan_pam(steps, have);
  plan_su(steps, have);
  plan_break_glass(steps, want, have);
  return steps;
}

core::StepView Accounts::view(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      return {.text = "write " + step.subject, .before = step.before, .after = step.after};
    case Action::remove_file:
      return {.text = "remove " + step.subject, .before = step.before};
    case Action::lock:
      return {"lock the password of " + step.subject, step.before, "locked"};
    case Action::no_shell:
      return {"take the shell from " + step.subject, step.before, step.after};
    case Action::make_break_glass:
      return {.text = "make account " + step.subject, .after = step.subject};
    case Action::set_password:
      return {.text = "set the password of " + step.subject, .after = "as configured"};
    case Action::set_expiry:
      return {.text = "let end the account " + step.subject, .after = step.after};
    case Action::open_console:
      return {.text = "start " + step.subject};
    case Action::close_console:
      return {.text = "stop " + step.subject};
  }
  return {};
}

std::vector<std::string> Accounts::watch_paths(const Desired& /*want*/) {
  return {"/etc/passwd",      "/etc/shadow",         "/etc/group",
          std::string(kAuth), std::string(kAccount), std::string(kSu)};
}

}  // namespace kgnode::hardening
