/// One step at most: the whole table, when it is not what is wanted.
#include <algorithm>
#include <format>
#include <map>
#include <span>

#include "agent/base/text.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/text.hpp"

namespace kgnode::hardening {
namespace {

using firewall::Ruleset;

/// A rule is the same while its id and its text are; a set while its text is.
std::map<std::string, std::string> parts_of(const Ruleset& rules) {
  std::map<std::string, std::string> parts;
  for (const auto& set : rules.sets) parts.emplace("set " + set.name, firewall::to_nft_text(set));
  for (const auto& chain : rules.chains) {
    for (const auto& rule : chain.rules)
      parts.emplace(rule.id, chain.name + " " + firewall::to_nft_text(rule));
  }
  return parts;
}

/// Rules and sets that let the operator in.
std::string ssh_part(const Ruleset& rules) {
  std::string text;
  for (const auto& [name, content] : parts_of(rules)) {
    if (name.starts_with("services.ssh.") || name.starts_with("set admin_")) text += content + "\n";
  }
  return text;
}

Firewall::Step make_step(const Ruleset& want, const Ruleset& have) {
  Firewall::Step step{.rules = want};
  const auto wanted = parts_of(want);
  const auto present = parts_of(have);
  for (const auto& [name, text] : wanted) {
    auto it = present.find(name);
    if (it == present.end()) {
      step.added.push_back(name);
    } else if (it->second != text) {
      step.changed.push_back(name);
    }
  }
  for (const auto& [name, text] : present) {
    if (!wanted.contains(name)) step.removed.push_back(name);
  }
  return step;
}

std::string summary(const Firewall::Step& step) {
  std::vector<std::string> lines;
  for (const auto& name : step.added) lines.push_back("+ " + name);
  for (const auto& name : step.changed) lines.push_back("~ " + name);
  for (const auto& name : step.removed) lines.push_back("- " + name);
  if (lines.empty()) lines.emplace_back("the same rules");
  return join(lines, "\n");
}

std::string reason_of(Firewall::InForce in_force) {
  switch (in_force) {
    case Firewall::InForce::absent:
      return "no table inet kgnode: the node is open";
    case Firewall::InForce::unknown:
      return "a table of an earlier run";
    case Firewall::InForce::edited:
      return "somebody edited the table";
    case Firewall::InForce::ours:
      return {};
  }
  return {};
}

}  // namespace

std::vector<Firewall::Step> Firewall::plan(const Desired& want, const Observed& have) {
  if (have.in_force == InForce::ours && have.rules == want.rules) return {};
  // What nobody has told us about cannot be compared: then only what will be there is shown.
  auto step = make_step(want.rules, have.in_force == InForce::ours ? have.rules : Ruleset{});
  step.reason = reason_of(have.in_force);
  step.changes_ssh = have.in_force == InForce::ours && ssh_part(have.rules) != ssh_part(want.rules);
  return {std::move(step)};
}

std::vector<core::Finding> Firewall::findings(const Desired&, const Observed& have) {
  if (have.in_force != InForce::ours || have.owner == sys::TableOwner::we) return {};
  return {{.id = "firewall.owner",
           .kind = core::FindingKind::gap,
           .text =
               "this kernel cannot reserve a table for its owner (it needs 6.9): another program's "
               "`nft flush ruleset` opens the node until the agent has noticed, within a second",
           .remedy = "boot a kernel of 6.9 or later"}};
}

core::StepView Firewall::view(const Step& step) {
  const auto added = step.added.size();
  const auto changed = step.changed.size();
  const auto removed = step.removed.size();
  return {.text = std::format(
              "replace the rules of table inet kgnode: {} added, {} changed, {} removed", added,
              changed, removed),
          .before = step.reason,
          .after = summary(step),
          .risk = step.changes_ssh ? core::Risk::lockout : core::Risk::none};
}

}  // namespace kgnode::hardening
