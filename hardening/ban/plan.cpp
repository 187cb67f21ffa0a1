/// What makes the engine, the kernel and the lists be as wanted.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/ban/ban.hpp"

namespace kgnode::hardening {
namespace {

std::vector<ban::Never> full_never_list(const Bans::Desired& want, const Bans::Observed& have) {
  auto never = want.never;
  for (const auto& address : have.own)
    never.push_back({.network = make_host_prefix(address), .reason = "an address of this node"});
  return never;
}

SourceBits bits_of(const config::Ban& settings) {
  return {.ipv4 = settings.ipv4_prefix, .ipv6 = settings.ipv6_prefix};
}

/// Lists that changed are read, those that cannot be read stay as they were.
std::optional<Bans::LoadLists> plan_lists(const Bans::Observed& have,
                                          const std::vector<ban::Never>& never) {
  Bans::LoadLists step{.never = never};
  std::vector<std::string> wanted;
  for (const auto& file : have.files) {
    wanted.push_back(file.path);
    const auto loaded = have.loaded.find(file.path);
    const bool is_new = loaded == have.loaded.end() || loaded->second != file.fingerprint;
    if (file.error.empty() && is_new) {
      step.read.push_back(file.path);
    } else if (loaded != have.loaded.end()) {
      step.keep.push_back(file.path);
    }
  }
  const bool dropped = std::ranges::any_of(have.loaded, [&wanted](const auto& loaded) {
    return !std::ranges::contains(wanted, loaded.first);
  });
  const bool others_are_spared = never != have.never && !step.keep.empty();
  if (step.read.empty() && !dropped && !others_are_spared) return std::nullopt;
  return step;
}

}  // namespace

std::vector<Bans::Step> Bans::plan(const Desired& want, const Observed& have) {
  std::vector<Step> steps;
  const auto never = full_never_list(want, have);
  const bool other_bits = !have.settings || bits_of(*have.settings) != bits_of(want.settings);
  if (have.settings != want.settings || have.never != never)
    steps.emplace_back(Work{.settings = want.settings, .never = never});
  if (!have.in_kernel || other_bits) steps.emplace_back(Fill{.bits = bits_of(want.settings)});
  if (auto lists = plan_lists(have, never)) steps.emplace_back(*std::move(lists));
  for (const auto& source : have.banned) {
    if (const auto* found = find_never(never, source))
      steps.emplace_back(Lift{.source = source, .reason = found->reason});
  }
  return steps;
}

std::vector<core::Finding> Bans::findings(const Desired&, const Observed& have) {
  auto all = have.troubles;
  for (const auto& file : have.files) {
    if (file.error.empty()) continue;
    all.push_back(
        {.id = "ban.block_list",
         .kind = core::FindingKind::unknown,
         .text = std::format("{}; {}", file.error,
                             have.loaded.contains(file.path) ? "what it said before stays in force"
                                                             : "nothing of it is in force"),
         .remedy = "put the file there, or take it off ban.block_lists"});
  }
  return all;
}

namespace {

struct View {
  core::StepView operator()(const Bans::Work& step) const {
    return {.text = step.settings.enabled ? "judge what is logged by the configured jails"
                                          : "stop judging what is logged",
            .after = std::format("{} networks are never banned", step.never.size())};
  }
  core::StepView operator()(const Bans::Fill& step) const {
    return {.text = "put the bans that are in force into the kernel",
            .after = std::format("sources are /{} of IPv4 and /{} of IPv6", step.bits.ipv4,
                                 step.bits.ipv6)};
  }
  core::StepView operator()(const Bans::LoadLists& step) const {
    auto files = step.read;
    files.insert(files.end(), step.keep.begin(), step.keep.end());
    return {.text = "replace the block lists in the kernel", .after = join(files, "\n")};
  }
  core::StepView operator()(const Bans::Lift& step) const {
    return {.text = std::format("lift the ban of {}, who is never banned: {}",
                                to_string(step.source), step.reason),
            .before = to_string(step.source)};
  }
};

}  // namespace

core::StepView Bans::view(const Step& step) { return std::visit(View{}, step); }

}  // namespace kgnode::hardening
