/// What the doctor says of a node: one line for each thing that was looked at.
#include "agent/core/check.hpp"

#include <format>

namespace kgnode::core {
namespace {

Check make_sync_check(const Condition& condition) {
  Check check{.id = condition.domain + ".in_sync"};
  if (condition.phase == Phase::in_sync) {
    check.outcome = Outcome::pass;
    check.evidence = "as configured";
  } else if (condition.phase == Phase::unknown) {
    check.evidence = condition.error.empty() ? "not looked at yet" : condition.error;
    check.remedy = "kgnode status tells when it was last looked at; journalctl -u kgnode tells why";
  } else {
    check.outcome = Outcome::fail;
    check.evidence = condition.error;
    if (!condition.steps.empty()) {
      check.evidence =
          std::format("{} to be done: {}", condition.steps.size(), condition.steps.front().text);
      if (const auto& after = condition.steps.front().after;
          condition.steps.size() == 1 && after.size() < 400 && !after.contains('\n') &&
          !after.empty())
        check.evidence += ": " + after;
    }
    check.remedy = "kgnode plan shows it; kgnode status and kgnode log tell why it is not done";
  }
  return check;
}

}  // namespace

Outcome outcome_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::pass:
      return Outcome::pass;
    case FindingKind::gap:
      return Outcome::fail;
    case FindingKind::unknown:
      return Outcome::unknown;
    case FindingKind::not_applicable:
      return Outcome::not_applicable;
  }
  return Outcome::unknown;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::unknown:
      return "unknown";
    case Outcome::not_applicable:
      return "not_applicable";
  }
  return "unknown";
}

std::vector<Check> make_checks(const Condition& condition) {
  std::vector<Check> checks{make_sync_check(condition)};
  for (const auto& finding : condition.findings)
    checks.push_back({.id = finding.id,
                      .outcome = outcome_of(finding.kind),
                      .evidence = finding.text,
                      .remedy = finding.remedy});
  return checks;
}

}  // namespace kgnode::core
