/// What is not recorded, or not for sure; and how each rule stands.
#include <algorithm>
#include <format>

#include "hardening/audit/audit.hpp"

namespace kgnode::hardening {
namespace {

using core::Finding;
using core::FindingKind;

constexpr std::uint32_t kLocked = 2;
constexpr auto kOnContainer = "this is a container: the records are those of the host's kernel";
constexpr auto kNoAudit = "this kernel has no audit";
constexpr auto kReboot = "reboot the node, when it suits: kgnode reboot";

bool is_as_loaded(const Audit::Desired& want, const Audit::Observed& have) {
  const bool lock = want.immutable && !waits_for_k3s(want, have);
  const auto hash = loaded_hash(render_rules(want, have), lock);
  return have.kernel && have.loaded == Audit::Loaded{hash, have.kernel->rules.hash};
}

std::map<std::string, unsigned> expected_keys(const Audit::Desired& want,
                                              const Audit::Observed& have) {
  std::map<std::string, unsigned> keys;
  for (const auto& row : want.rules)
    keys[row.key] += static_cast<unsigned>(audit_lines(row, have).size());
  return keys;
}

unsigned held(const sys::AuditSeen& kernel, const std::string& key) {
  const auto found = kernel.rules.keys.find(key);
  return found == kernel.rules.keys.end() ? 0 : found->second;
}

void find_missing_rules(std::vector<Finding>& found, const Audit::Desired& want,
                        const Audit::Observed& have) {
  for (const auto& [key, count] : expected_keys(want, have)) {
    const auto now = held(*have.kernel, key);
    if (now >= count) continue;
    found.push_back(
        {"audit.rules." + key, FindingKind::gap,
         std::format("the kernel holds {} of {} rules with the key {}", now, count, key),
         "journalctl -u audit-rules tells which one it refused"});
  }
}

void find_lock(std::vector<Finding>& found, const Audit::Desired& want,
               const Audit::Observed& have) {
  const bool locked = have.kernel->status.enabled == kLocked;
  if (locked && !is_as_loaded(want, have)) {
    found.push_back({"audit.reboot", FindingKind::gap,
                     "the rules are locked, and others than these are wanted by now", kReboot});
  } else if (!locked && want.immutable && waits_for_k3s(want, have)) {
    found.push_back(
        {"audit.locked", FindingKind::gap,
         "the rules are not locked yet: some are about files that K3s makes",
         "none needed once the node has joined; kgnode k3s status tells how far it is"});
  }
}

void find_losses(std::vector<Finding>& found, const sys::AuditStatus& status) {
  if (status.daemon == 0) {
    found.push_back({"audit.daemon", FindingKind::gap, "no daemon takes the records",
                     "journalctl -u auditd tells why it does not run"});
  }
  if (status.lost > 0) {
    found.push_back(
        {"audit.lost", FindingKind::gap,
         std::format("{} records were lost since the node was booted", status.lost),
         "kgnode log and aureport --summary tell what was recorded most; a reboot begins anew"});
  }
  if (status.backlog > status.backlog_limit / 2) {
    found.push_back({"audit.backlog", FindingKind::gap,
                     std::format("{} records wait, and the kernel keeps {} at most", status.backlog,
                                 status.backlog_limit),
                     "look at what auditd waits for: journalctl -u auditd"});
  }
}

/// What is said of everything at once, because there is nothing to look at.
std::optional<Finding> nothing_to_see(const Audit::Observed& have) {
  switch (have.absent) {
    case Audit::Absent::container:
      return Finding{"audit.kernel", FindingKind::not_applicable, kOnContainer, ""};
    case Audit::Absent::package:
      return Finding{"audit.package", FindingKind::gap,
                     "auditd is not installed, so nothing is recorded",
                     "apt-get install auditd; or write enabled = false under [audit]"};
    case Audit::Absent::none:
      break;
  }
  if (!have.kernel) {
    return Finding{"audit.kernel", FindingKind::unknown,
                   "how the kernel's audit is could not be seen: " + have.error,
                   "journalctl -u kgnode-audit-look tells why"};
  }
  switch (have.kernel->access) {
    case sys::AuditAccess::none:
      return Finding{"audit.kernel", FindingKind::not_applicable, kNoAudit, ""};
    case sys::AuditAccess::closed:
      return Finding{"audit.kernel", FindingKind::unknown,
                     "the kernel does not let its audit be asked",
                     "in a container: look on the host"};
    case sys::AuditAccess::open:
      break;
  }
  return std::nullopt;
}

/// The verdict on one rule of the table.
void judge(core::Item& item, const AuditRow& row, const Audit::Desired& want,
           const Audit::Observed& have) {
  const auto lines = audit_lines(row, have);
  if (lines.empty()) {
    item.kind = FindingKind::not_applicable;
    item.evidence =
        row.when == AuditWhen::set_id ? "there are no such programs" : row.needs + " is not there";
    return;
  }
  const auto now = held(*have.kernel, row.key);
  const auto count = expected_keys(want, have)[row.key];
  const bool whole = is_as_loaded(want, have) && now >= count;
  item.kind = whole ? FindingKind::pass : FindingKind::gap;
  item.evidence = std::format("{}; the kernel holds {} of {} rules with the key {}", row.rule, now,
                              count, row.key);
  if (!whole)
    item.remedy =
        have.kernel->status.enabled == kLocked ? kReboot : "kgnode plan shows what is to be done";
}

}  // namespace

std::vector<Finding> Audit::findings(const Desired& want, const Observed& have) {
  if (!want.enabled) return {};
  if (auto nothing = nothing_to_see(have)) return {*std::move(nothing)};
  std::vector<Finding> found;
  find_losses(found, have.kernel->status);
  find_lock(found, want, have);
  // Until they are loaded the steps say so.
  if (is_as_loaded(want, have)) find_missing_rules(found, want, have);
  return found;
}

std::vector<core::Item> Audit::items(const Desired& want, const Observed& have) {
  std::vector<core::Item> items;
  const auto nothing = nothing_to_see(have);
  for (const auto& row : want.rules) {
    core::Item item{.id = "audit.rules." + row.key,
                    .rules = row.ids,
                    .title = row.reason,
                    .deviation = row.conflict == "-" ? "" : row.conflict};
    if (!want.enabled) {
      item.kind = FindingKind::gap;
      item.evidence = "audit is switched off";
      item.remedy = "write enabled = true under [audit] in /etc/kgnode/node.toml";
    } else if (nothing) {
      item.kind = nothing->kind;
      item.evidence = nothing->text;
      item.remedy = nothing->remedy;
    } else {
      judge(item, row, want, have);
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace kgnode::hardening
