/// One file, and a restart that it takes effect by.
#include "hardening/time/time.hpp"

namespace kgnode::hardening {

std::vector<Time::Step> Time::plan(const Desired& want, const Observed& have) {
  if (!have.installed) return {};
  std::vector<Step> steps;
  const auto text = render_chrony(want);
  if (have.file != text)
    steps.push_back({Action::write_file, std::string(kFile), have.file.value_or(""), text});
  if (have.container) return steps;
  // Whoever switched it off has another way to set the clock, which findings ask about.
  if (have.state == "disabled") return steps;
  if (!steps.empty() || have.restart_wanted || have.state == "failed" || have.state == "inactive")
    steps.push_back({.action = Action::restart, .subject = std::string(kUnit)});
  return steps;
}

core::StepView Time::view(const Step& step) {
  if (step.action == Action::restart) return {.text = "restart " + step.subject};
  return {.text = "write " + step.subject, .before = step.before, .after = step.after};
}

std::vector<std::string> Time::watch_paths(const Desired& /*want*/) { return {std::string(kFile)}; }

}  // namespace kgnode::hardening
