/// One step at most: the whole table, when it is not what is wanted.
#include <algorithm>
#include <format>
#include <map>
#include <span>

#include "agent/base/text.hpp"
#include "agent/sys/sha256.hpp"
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

std::string list_differences(const Firewall::Step& step) {
  std::vector<std::string> lines;
  for (const auto& name : step.added) lines.push_back("+ " + name);
  for (const auto& name : step.changed) lines.push_back("~ " + name);
  for (const auto& name : step.removed) lines.push_back("- " + name);
  return join(lines, "\n");
}

std::string describe(const Firewall::Step& step) {
  switch (step.was) {
    case Firewall::InForce::absent:
      return "load the rules of table inet kgnode";
    case Firewall::InForce::left:
      return "take over table inet kgnode of an earlier run";
    case Firewall::InForce::unknown:
      return "take over table inet kgnode";
    case Firewall::InForce::edited:
      return "put the rules of table inet kgnode back";
    case Firewall::InForce::ours:
      break;
  }
  return std::format("replace the rules of table inet kgnode: {} added, {} changed, {} removed",
                     step.added.size(), step.changed.size(), step.removed.size());
}

std::string describe_before(Firewall::InForce was) {
  switch (was) {
    case Firewall::InForce::absent:
      return "no table: the node is open";
    case Firewall::InForce::left:
      return "as that run left it";
    case Firewall::InForce::unknown:
      return "closed by the boot, or edited";
    case Firewall::InForce::edited:
      return "edited by somebody";
    case Firewall::InForce::ours:
      break;
  }
  return {};
}

std::string describe_after(const Firewall::Step& step) {
  if (step.same) return "the same rules";
  const auto differences = list_differences(step);
  return differences.empty() ? "the rules of the configuration" : differences;
}

}  // namespace

std::string fingerprint_of(const Ruleset& rules) {
  return sys::sha256_hex(firewall::to_nft_text(rules));
}

std::vector<Firewall::Step> Firewall::plan(const Desired& want, const Observed& have) {
  const bool known = have.in_force == InForce::ours || have.in_force == InForce::edited;
  const bool same =
      known ? have.rules == want.rules
            : have.in_force == InForce::left && have.fingerprint == fingerprint_of(want.rules);
  if (have.in_force == InForce::ours && same) return {};
  // What an earlier run left cannot be compared rule by rule, only as a whole.
  auto step = known ? make_step(want.rules, have.rules) : Step{.rules = want.rules};
  step.was = have.in_force;
  step.same = same;
  step.changes_ssh = known && ssh_part(have.rules) != ssh_part(want.rules);
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
  return {.text = describe(step),
          .before = describe_before(step.was),
          .after = describe_after(step),
          .risk = step.changes_ssh ? core::Risk::lockout : core::Risk::none};
}

}  // namespace kgnode::hardening
