/// The text of both files, what to load, and what this kernel cannot do.
#include <algorithm>
#include <format>

#include "agent/base/kernel_modules.hpp"
#include "hardening/modules/modules.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::string_view kHead =
    "# Written by kgnode; changes here are undone. Exceptions: [kernel] in "
    "/etc/kgnode/node.toml.\n";

/// modprobe takes dashes and underscores for the same; auditors search for one of them.
std::set<std::string> spellings(const std::string& name) {
  std::string dashed(name);
  std::ranges::replace(dashed, '_', '-');
  return {name, module_name(name), dashed};
}

std::string render_deny(const Modules::Desired& want) {
  std::string text(kHead);
  for (const auto& [name, rule] : want.deny) {
    text += std::format("\n# {} ({})\n", rule.reason, rule.ids);
    for (const auto& spelling : spellings(name))
      text += std::format("install {0} /bin/false\nblacklist {0}\n", spelling);
  }
  return text;
}

std::string render_preload(const Modules::Desired& want) {
  std::string text(kHead);
  for (const auto& [name, rule] : want.preload)
    text += std::format("\n# {} ({})\n{}\n", rule.reason, rule.ids, name);
  return text;
}

void plan_file(std::vector<Modules::Step>& steps, std::string_view path,
               const std::optional<std::string>& have, const std::string& want) {
  if (have != want) {
    steps.push_back({Modules::Action::write_file, std::string(path), have.value_or(""), want});
  }
}

}  // namespace

std::vector<Modules::Step> Modules::plan(const Desired& want, const Observed& have) {
  std::vector<Step> steps;
  plan_file(steps, kDenyFile, have.deny_file, render_deny(want));
  plan_file(steps, kPreloadFile, have.preload_file, render_preload(want));
  for (const auto& [name, rule] : want.preload) {
    const auto normal = module_name(name);
    const bool there = have.loaded.contains(normal) || have.builtin.contains(normal);
    if (!there && !have.missing.contains(normal) && !have.refused.contains(name))
      steps.push_back({.action = Action::load, .name = name});
  }
  return steps;
}

std::vector<core::Finding> Modules::findings(const Desired& want, const Observed& have) {
  std::vector<core::Finding> found;
  const auto gap = [&found](const std::string& name, const std::string& text,
                            const std::string& remedy) {
    found.push_back({"modules." + name, core::FindingKind::gap, name + ": " + text, remedy});
  };
  for (const auto& [name, rule] : want.preload) {
    const auto normal = module_name(name);
    const auto refused = have.refused.find(name);
    if (have.loaded.contains(normal)) continue;
    if (have.missing.contains(normal)) {
      gap(name,
          std::format("kernel {} has no such module, and it is needed: {}", have.release,
                      rule.reason),
          "boot the image's own kernel; in a container: load it on the host");
    } else if (refused != have.refused.end()) {
      gap(name, "does not load: " + refused->second,
          "in a container: load it on the host; else look at the kernel's log");
    }
  }
  for (const auto& [name, rule] : want.deny) {
    const auto normal = module_name(name);
    if (have.loaded.contains(normal)) {
      gap(name, "denied, but loaded already", "reboot the node, or remove it with rmmod");
    } else if (have.builtin.contains(normal)) {
      gap(name, "denied, but part of this kernel", "boot the image's own kernel");
    }
  }
  return found;
}

std::vector<core::Item> Modules::items(const Desired& want, const Observed& have) {
  std::vector<core::Item> items;
  const bool denied = have.deny_file == render_deny(want);
  const auto add = [&items](const std::string& name, const Rule& rule, std::string_view what,
                            bool holds, std::string evidence) {
    items.push_back({.id = "modules." + name,
                     .rules = rule.ids,
                     .title = std::format("{} {}: {}", name, what, rule.reason),
                     .kind = holds ? core::FindingKind::pass : core::FindingKind::gap,
                     .evidence = std::move(evidence),
                     .remedy = holds ? "" : "kgnode status tells what stands in the way",
                     .deviation = rule.conflict == "-" ? "" : rule.conflict});
  };
  for (const auto& [name, rule] : want.deny) {
    const auto normal = module_name(name);
    const bool in = have.loaded.contains(normal) || have.builtin.contains(normal);
    add(name, rule, "does not load", denied && !in,
        in       ? "is in the kernel"
        : denied ? std::format("{} denies it, and it is not loaded", kDenyFile)
                 : std::format("{} is not as wanted", kDenyFile));
  }
  for (const auto& [name, rule] : want.preload) {
    const auto normal = module_name(name);
    const bool in = have.loaded.contains(normal) || have.builtin.contains(normal);
    add(name, rule, "is loaded", in, in ? "is in the kernel" : "is not in the kernel");
  }
  return items;
}

core::StepView Modules::view(const Step& step) {
  if (step.action == Action::load) return {.text = "load module " + step.name, .after = step.name};
  return {.text = "write " + step.name, .before = step.before, .after = step.after};
}

std::vector<std::string> Modules::watch_paths(const Desired& want) {
  if (want.deny.empty() && want.preload.empty()) return {};
  return {std::string(kDenyFile), std::string(kPreloadFile)};
}

}  // namespace kgnode::hardening
