/// Files first, then what makes the kernel and the daemon read them; of a container, whose kernel
/// is another's, only files, and nothing that a locked kernel would refuse.
#include <format>

#include "hardening/audit/audit.hpp"

namespace kgnode::hardening {
namespace {

using Action = Audit::Action;
using Steps = std::vector<Audit::Step>;

constexpr std::uint32_t kLocked = 2;

const std::optional<std::string>& file(const Audit::Observed& have, std::string_view path) {
  static const std::optional<std::string> kNone;
  const auto found = have.files.find(std::string(path));
  return found == have.files.end() ? kNone : found->second;
}

void plan_file(Steps& steps, const Audit::Observed& have, std::string_view path,
               const std::optional<std::string>& text) {
  const auto& now = file(have, path);
  if (now == text) return;
  if (text) {
    steps.push_back({Action::write_file, std::string(path), now.value_or(""), *text});
  } else {
    steps.push_back({Action::remove_file, std::string(path), *now, ""});
  }
}

bool can_be_loaded(const Audit::Observed& have) {
  return have.kernel && have.kernel->access == sys::AuditAccess::open &&
         have.kernel->status.enabled != kLocked;
}

void plan_load(Steps& steps, const Audit::Observed& have, const std::string& hash) {
  if (!can_be_loaded(have)) return;
  const Audit::Loaded now{hash, have.kernel->rules.hash};
  if (have.loaded != now)
    steps.push_back({Action::load, std::string(Audit::kRulesUnit),
                     have.loaded ? have.loaded->files : "", hash});
}

/// Ours leave, and what others have in rules.d is loaded.
Steps plan_removal(const Audit::Observed& have) {
  Steps steps;
  plan_file(steps, have, Audit::kRulesFile, std::nullopt);
  plan_file(steps, have, Audit::kLockFile, std::nullopt);
  if ((!steps.empty() || have.loaded) && can_be_loaded(have))
    steps.push_back(
        {Action::load, std::string(Audit::kRulesUnit), have.loaded ? have.loaded->files : "", ""});
  return steps;
}

}  // namespace

std::vector<Audit::Step> Audit::plan(const Desired& want, const Observed& have) {
  if (have.absent == Absent::package) return {};
  if (!want.enabled) return plan_removal(have);
  Steps steps;
  const auto rules = render_rules(want, have);
  const bool lock = want.immutable && !waits_for_k3s(want, have);
  plan_file(steps, have, kDaemonFile, want.daemon_text);
  const bool daemon_changed = !steps.empty();
  plan_file(steps, have, kRulesFile, rules);
  plan_file(steps, have, kLockFile, lock ? std::optional(render_lock()) : std::nullopt);
  plan_load(steps, have, loaded_hash(rules, lock));
  if (!have.kernel || have.kernel->access != sys::AuditAccess::open) return steps;
  if (have.daemon_state != "active" || daemon_changed || have.restart_wanted)
    steps.push_back({Action::restart_daemon, std::string(kDaemonUnit)});
  return steps;
}

core::StepView Audit::view(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      return {.text = "write " + step.subject, .before = step.before, .after = step.after};
    case Action::remove_file:
      return {.text = "remove " + step.subject, .before = step.before};
    case Action::load:
      return {.text = "load audit rules", .before = step.before, .after = step.after};
    case Action::restart_daemon:
      return {.text = "restart " + step.subject};
  }
  return {};
}

std::vector<std::string> Audit::watch_paths(const Desired& want) {
  if (!want.enabled) return {};
  return {std::string(kRulesFile), std::string(kLockFile), std::string(kDaemonFile)};
}

}  // namespace kgnode::hardening
