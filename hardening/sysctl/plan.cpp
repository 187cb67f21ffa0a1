/// Which parameters to write, which to give back, and what this kernel cannot do.
#include <algorithm>
#include <array>
#include <format>

#include "hardening/sysctl/sysctl.hpp"

namespace kgnode::hardening {
namespace {

/// Values that the kernel holds on to until the next boot.
struct Latch {
  std::string_view key;
  std::string_view value;
};
constexpr std::array kLatches = {
    Latch{"kernel.kexec_load_disabled", "1"}, Latch{"kernel.modules_disabled", "1"},
    Latch{"kernel.unprivileged_bpf_disabled", "1"}, Latch{"kernel.yama.ptrace_scope", "3"}};

bool is_latched(std::string_view key, std::string_view value) {
  return std::ranges::any_of(kLatches, [key, value](const Latch& latch) {
    return latch.key == key && latch.value == value;
  });
}

std::string render_file(const Sysctl::Desired& want) {
  std::string text =
      "# Written by kgnode, which also keeps these values while the node runs. Changes here are\n"
      "# undone; the place for an exception is [kernel.sysctl] in /etc/kgnode/node.toml.\n";
  for (const auto& [key, setting] : want.settings)
    text += std::format("\n# {} ({})\n{} = {}\n", setting.reason, setting.ids, key, setting.value);
  return text;
}

/// Why a parameter that should become `value` cannot; nullopt: it can, or already is.
struct Obstacle {
  std::string text;
  std::string remedy;
};
std::optional<Obstacle> obstacle(const std::string& key, const std::string& value,
                                 const Sysctl::Observed& have) {
  const auto current = have.current.find(key);
  if (current == have.current.end()) {
    return Obstacle{"this kernel has no such parameter",
                    "none needed if the feature is absent too"};
  }
  if (current->second.value == value) return std::nullopt;
  if (is_latched(key, current->second.value)) {
    return Obstacle{
        std::format("is {} and can become {} only at boot", current->second.value, value),
        "reboot the node"};
  }
  if (!current->second.writable) {
    return Obstacle{
        std::format("is {} instead of {} and read-only here", current->second.value, value),
        "in a container: set it on the host"};
  }
  const auto refused = have.refused.find(key);
  if (refused != have.refused.end() && refused->second == value) {
    return Obstacle{
        std::format("this kernel does not take {}, it stays {}", value, current->second.value),
        "set a value it takes under [kernel.sysctl] in /etc/kgnode/node.toml"};
  }
  return std::nullopt;
}

/// Switching forwarding rewrites others (accept_redirects), so it comes first and they have the
/// last word.
bool rewrites_others(const Sysctl::Step& step) { return step.key.contains("forward"); }

}  // namespace

std::vector<Sysctl::Step> Sysctl::plan(const Desired& want, const Observed& have) {
  std::vector<Step> steps;
  for (const auto& [key, setting] : want.settings) {
    if (obstacle(key, setting.value, have)) continue;
    const auto& now = have.current.at(key).value;
    if (now != setting.value) steps.push_back({Action::set, key, now, setting.value});
  }
  for (const auto& [key, before] : have.owned) {
    if (want.settings.contains(key)) continue;
    const auto current = have.current.find(key);
    const bool gone = current == have.current.end() || !before;
    if (gone || current->second.value == *before) {
      steps.push_back({Action::forget, key});
    } else if (!obstacle(key, *before, have)) {
      steps.push_back({Action::give_back, key, current->second.value, *before});
    }
  }
  std::ranges::stable_partition(steps, rewrites_others);
  const auto file = render_file(want);
  // Nothing is wanted when the agent leaves the node, and then its files go by themselves.
  if (!want.settings.empty() && have.file != file)
    steps.push_back({Action::write_file, std::string(kFile), have.file.value_or(""), file});
  return steps;
}

std::vector<core::Finding> Sysctl::findings(const Desired& want, const Observed& have) {
  std::vector<core::Finding> found;
  const auto check = [&found, &have](const std::string& key, const std::string& value) {
    const auto why = obstacle(key, value, have);
    if (!why) return;
    found.push_back({.id = "sysctl." + key,
                     .kind = core::FindingKind::gap,
                     .text = std::format("{}: {}", key, why->text),
                     .remedy = why->remedy});
  };
  for (const auto& [key, setting] : want.settings) check(key, setting.value);
  for (const auto& [key, before] : have.owned) {
    if (!want.settings.contains(key) && before && have.current.contains(key)) check(key, *before);
  }
  return found;
}

std::vector<core::Item> Sysctl::items(const Desired& want, const Observed& have) {
  std::vector<core::Item> items;
  for (const auto& [key, setting] : want.settings) {
    core::Item item{.id = "sysctl." + key,
                    .rules = setting.ids,
                    .title = std::format("{} = {}: {}", key, setting.value, setting.reason),
                    .deviation = setting.conflict == "-" ? "" : setting.conflict};
    const auto current = have.current.find(key);
    if (current == have.current.end()) {
      item.kind = core::FindingKind::not_applicable;
      item.evidence = "this kernel has no such parameter";
    } else {
      const bool holds = current->second.value == setting.value;
      const auto why = obstacle(key, setting.value, have);
      item.kind = holds ? core::FindingKind::pass : core::FindingKind::gap;
      item.evidence = why ? why->text : "is " + current->second.value;
      if (!holds) item.remedy = why ? why->remedy : "kgnode plan shows what is to be done";
    }
    items.push_back(std::move(item));
  }
  return items;
}

core::StepView Sysctl::view(const Step& step) {
  switch (step.action) {
    case Action::set:
      return {.text = "set " + step.key, .before = step.before, .after = step.after};
    case Action::give_back:
      return {.text = "give back " + step.key, .before = step.before, .after = step.after};
    case Action::forget:
      return {.text = "forget " + step.key};
    case Action::write_file:
      return {.text = "write " + step.key, .before = step.before, .after = step.after};
  }
  return {};
}

std::vector<std::string> Sysctl::watch_paths(const Desired& want) {
  std::vector<std::string> paths{std::string(kFile)};
  for (const auto& [key, setting] : want.settings) paths.push_back(sys::proc_sys_path(key));
  return paths;
}

}  // namespace kgnode::hardening
