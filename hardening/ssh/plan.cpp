/// First the way in, then what closes the others; and what only a person can mend.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/ssh/ssh.hpp"

namespace kgnode::hardening {
namespace {

using Action = Ssh::Action;
using Steps = std::vector<Ssh::Step>;

void plan_account(Steps& steps, const Ssh::Desired& want, const Ssh::Observed& have) {
  for (const auto& [path, text] : plain_files(want)) {
    const auto& now = have.files.at(path);
    if (now != text) steps.push_back({Action::write_file, path, now.value_or(""), text});
  }
  if (!have.user_ready) steps.push_back({Action::make_user, want.user});
  for (const auto& name : have.key_files) {
    if (name != want.user) steps.push_back({Action::remove_file, authorized_keys_path(name)});
  }
}

void plan_host_keys(Steps& steps, const Ssh::Observed& have) {
  for (const auto& key : have.host_keys) {
    if (!key.present) {
      steps.push_back({Action::make_host_key, key.path, key.taken_over});
    } else if (!key.private_mode) {
      steps.push_back({Action::make_private, key.path});
    }
  }
}

/// Only what took the place of ours is looked for; the text of a Match block counts too.
std::string culprits(const Ssh::Observed& have, const std::string& option,
                     const std::string& wanted) {
  std::string names;
  for (const auto& [path, text] : have.others) {
    const bool says =
        std::ranges::any_of(parse_sshd_config(text), [&option, &wanted](const auto& line) {
          return line.first == option && line.second != wanted;
        });
    if (says) names += (names.empty() ? "" : ", ") + path;
  }
  return names.empty() ? "a file that is not known" : names;
}

struct Defeat {
  std::string option;
  std::string wanted;
  std::string effective;
};
std::vector<Defeat> defeats(const Ssh::Desired& want, const Ssh::Observed& have) {
  std::vector<Defeat> found;
  if (have.files.at(std::string(Ssh::kDropIn)) != render_drop_in(want)) return found;
  for (const auto& [name, value] : want.directives) {
    const auto option = to_lower(name);
    for (const auto& effective : have.effective) {
      if (is_in_force(option, value, effective)) continue;
      const auto now = effective.find(option);
      found.push_back({name, value, now == effective.end() ? "not set" : join(now->second, ", ")});
      break;
    }
  }
  return found;
}

/// What only a person can mend comes last: everything else is in place by then.
void plan_refusals(Steps& steps, const Ssh::Desired& want, const Ssh::Observed& have) {
  for (const auto& key : have.host_keys) {
    if (key.problem.empty()) continue;
    steps.push_back(
        {Action::refuse,
         std::format("host key {} cannot be used: {}; put it back from a backup, or remove "
                     "it and a new one is made, which every client will warn about",
                     quote(key.path), key.problem)});
  }
  for (const auto& defeat : defeats(want, have)) {
    steps.push_back(
        {Action::refuse, std::format("{} is {} instead of {}: see {}; remove the line there",
                                     defeat.option, defeat.effective, defeat.wanted,
                                     culprits(have, to_lower(defeat.option), defeat.wanted))});
  }
}

}  // namespace

bool is_in_force(const std::string& option, const std::string& wanted,
                 const SshdOptions& effective) {
  const auto found = effective.find(option);
  if (found == effective.end()) return false;
  // Printed as the list of its amounts; all that matters is that it was not turned off.
  if (option == "persourcepenalties") return found->second.front() != "no";
  return std::ranges::contains(found->second, wanted);
}

std::vector<Ssh::Step> Ssh::plan(const Desired& want, const Observed& have) {
  if (!want.refusal.empty()) return {{Action::refuse, want.refusal}};
  Steps steps;
  plan_account(steps, want, have);
  // From here on the operator can log in with a key; what follows closes the other ways.
  plan_host_keys(steps, have);
  if (!have.main_private) steps.push_back({Action::make_private, std::string(kMain)});
  const auto text = render_drop_in(want);
  const auto& now = have.files.at(std::string(kDropIn));
  if (now != text)
    steps.push_back({Action::write_drop_in, std::string(kDropIn), now.value_or(""), text});
  const bool changed = std::ranges::any_of(steps, [](const Step& step) {
    return step.action == Action::write_drop_in || step.action == Action::make_host_key;
  });
  // Without host keys sshd does not start at boot: a first configuration that comes later starts
  // it.
  if (have.unit_state == "failed" || have.unit_state == "inactive") {
    steps.push_back({Action::restart, std::string(kUnit)});
  } else if (changed || have.reload_wanted) {
    steps.push_back({Action::reload, std::string(kUnit)});
  }
  plan_refusals(steps, want, have);
  return steps;
}

std::vector<core::Finding> Ssh::findings(const Desired& want, const Observed& have) {
  const bool in_place =
      want.refusal.empty() && have.files.at(std::string(kDropIn)) == render_drop_in(want);
  if (!in_place || have.effective_error.empty()) return {};
  return {{.id = "ssh.effective",
           .kind = core::FindingKind::unknown,
           .text = "sshd does not tell its settings: " + have.effective_error,
           .remedy = "run \"sshd -t\" and mend the file that it names"}};
}

core::StepView Ssh::view(const Step& step) {
  using core::Risk;
  const auto& subject = step.subject;
  switch (step.action) {
    case Action::refuse:
      return {.text = "refused", .after = subject};
    case Action::write_file:
      return {.text = "write " + subject, .before = step.before, .after = step.after};
    case Action::remove_file:
      return {.text = "remove " + subject, .before = subject};
    case Action::make_private:
      return {.text = "make private " + subject, .after = "root 0600"};
    case Action::make_user:
      return {.text = "make account " + subject, .after = subject};
    case Action::make_host_key:
      return {.text = (step.before.empty() ? "make host key " : "take over host key ") + subject,
              .before = step.before,
              .after = subject};
    case Action::write_drop_in:
      return {"write " + subject, step.before, step.after, Risk::lockout};
    case Action::reload:
      return {.text = "reload " + subject};
    case Action::restart:
      return {.text = "restart " + subject, .risk = Risk::disruptive};
  }
  return {};
}

std::vector<std::string> Ssh::watch_paths(const Desired& want) {
  auto paths = host_key_paths();
  paths.insert(paths.end(),
               {std::string(kDropIn), std::string(kMain), "/etc/passwd", "/etc/group"});
  for (const auto& [path, ignored] : plain_files(want)) paths.push_back(path);
  return paths;
}

}  // namespace kgnode::hardening
