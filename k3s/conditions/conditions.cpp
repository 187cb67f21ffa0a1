/// Which check belongs to which condition, and what follows from several.
#include "k3s/conditions/conditions.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

using core::Finding;
using core::FindingKind;

constexpr std::string_view kPhaseType = "NodeDegraded";

struct Rule {
  std::string_view type;   // empty: of no condition
  std::string_view check;  // one that ends in a point is the beginning of several
  std::string_view reason;
};

// The first that fits a check is its. Of several problems the first here is the reason.
constexpr std::array kRules = {
    Rule{"StorageProblem", "storage.io_error", "DiskUnreadable"},
    Rule{"StorageProblem", "storage.gone", "DiskGone"},
    Rule{"StorageProblem", "storage.read_only", "FilesystemReadOnly"},
    Rule{"StorageProblem", "health.writable.", "FilesystemReadOnly"},
    Rule{"StorageProblem", "storage.file_system_errors.", "FilesystemCorrupt"},
    Rule{"StorageProblem", "storage.unreadable.", "DiskUnreadable"},
    Rule{"StorageProblem", "storage.in_sync", "DataDiskNotReady"},
    Rule{"StorageProblem", "health.space.", "SpaceLow"},
    Rule{"StorageProblem", "storage.full", "SpaceLow"},
    Rule{"StorageProblem", "storage.files", "SpaceLow"},
    Rule{"HardwareProblem", "storage.smart.", "DriveFailing"},
    Rule{"HardwareProblem", "storage.commands.", "DriveErrors"},
    Rule{"HardwareProblem", "storage.health", "DriveErrors"},
    Rule{"HardwareProblem", "health.temperature", "TooHot"},
    Rule{"KernelProblem", "health.kernel", "KernelTainted"},
    Rule{"KernelProblem", "health.oom", "OutOfMemory"},
    Rule{"ResourceProblem", "health.memory", "MemoryLow"},
    Rule{"ResourceProblem", "health.pressure.", "PressureHigh"},
    Rule{"ResourceProblem", "health.load", "LoadHigh"},
    Rule{"NetworkProblem", "health.interface", "InterfaceDown"},
    Rule{"NetworkProblem", "health.interface.errors", "PacketErrors"},
    Rule{"ClockProblem", "health.clock", "ClockUnsynchronized"},
    Rule{"ClockProblem", "health.clock.jump", "ClockJumped"},
    Rule{"ServiceProblem", "health.units", "UnitFailed"},
    Rule{"HardeningProblem", "firewall.in_sync", "FirewallNotInForce"},
    Rule{"HardeningProblem", "health.listeners", "UnexpectedListener"},
    Rule{"HardeningProblem", "ban.in_sync", "BansNotInForce"},
    Rule{"HardeningProblem", "ssh.in_sync", "NotAsConfigured"},
    Rule{"HardeningProblem", "sysctl.in_sync", "NotAsConfigured"},
    Rule{"HardeningProblem", "modules.in_sync", "NotAsConfigured"},
    Rule{"HardeningProblem", "accounts.in_sync", "NotAsConfigured"},
    Rule{"HardeningProblem", "baseline.in_sync", "NotAsConfigured"},
    Rule{"HardeningProblem", "audit.in_sync", "NotAsConfigured"},
    Rule{"HardeningProblem", "time.in_sync", "NotAsConfigured"},
    // What its operator is to decide is no problem of a node.
    Rule{"", "k3s.snapshot.token", ""},
    Rule{"", "k3s.snapshot.other_token", ""},
    Rule{"SnapshotProblem", "k3s.snapshot.newest", "SnapshotStale"},
    Rule{"SnapshotProblem", "k3s.snapshot.", "SnapshotDamaged"},
    Rule{"CertificateProblem", "k3s.certificates", "CertificateExpiring"},
};

bool fits(std::string_view check, const Rule& rule) {
  return rule.check.ends_with('.') ? check.starts_with(rule.check) : check == rule.check;
}

struct Heard {
  std::size_t rule;
  const Finding* check;
};

/// The checks of one condition, in the order of the rules.
std::vector<Heard> checks_of(std::string_view type, std::span<const Finding> checks) {
  std::vector<Heard> all;
  for (const auto& check : checks) {
    const auto rule =
        std::ranges::find_if(kRules, [&check](const Rule& one) { return fits(check.id, one); });
    if (rule == kRules.end() || rule->type != type || check.kind == FindingKind::not_applicable)
      continue;
    all.push_back({static_cast<std::size_t>(rule - kRules.begin()), &check});
  }
  std::ranges::stable_sort(all, {}, &Heard::rule);
  return all;
}

std::string without_problem(std::string_view type) { return std::format("No{}", type); }

std::string unknown_of(std::string_view type) {
  constexpr std::string_view kEnding = "Problem";
  return std::format("{}Unknown", type.substr(0, type.size() - kEnding.size()));
}

/// Of those checks that are of this kind.
NodeCondition tell(std::string_view type, const std::vector<Heard>& heard, FindingKind kind) {
  NodeCondition condition{.type = std::string(type),
                          .status = std::string(kind == FindingKind::gap ? kTrue : kUnknown)};
  std::string message;
  std::vector<std::string> causes;
  for (const auto& one : heard) {
    if (one.check->kind != kind) continue;
    if (causes.empty() && kind == FindingKind::gap)
      condition.reason = std::string(kRules.at(one.rule).reason);
    causes.push_back(one.check->id);
    message += std::format("{}{}: {}", message.empty() ? "" : "; ", one.check->id,
                           printable(one.check->text));
  }
  if (kind == FindingKind::unknown) condition.reason = unknown_of(type);
  condition.message = shorten(message, kMessageLimit);
  condition.causes = join(causes, " ");
  return condition;
}

NodeCondition tell_subject(std::string_view type, const std::vector<Heard>& heard) {
  const auto has = [&heard](FindingKind kind) {
    return std::ranges::any_of(heard, [kind](const Heard& one) { return one.check->kind == kind; });
  };
  for (const auto kind : {FindingKind::gap, FindingKind::unknown}) {
    if (has(kind)) return tell(type, heard, kind);
  }
  std::vector<std::string> names;
  for (const auto& one : heard) names.push_back(one.check->id);
  return {.type = std::string(type),
          .status = std::string(kFalse),
          .reason = without_problem(type),
          .message = shorten("these pass: " + join(names, ", "), kMessageLimit),
          .causes = {}};
}

/// "storage-ready" -> "PhaseStorageReady".
std::string reason_of_phase(std::string_view phase) {
  std::string reason = "Phase";
  for (const auto word : split(phase, '-')) {
    if (word.empty()) continue;
    reason += static_cast<char>(
        word.front() >= 'a' && word.front() <= 'z' ? word.front() - 'a' + 'A' : word.front());
    reason += word.substr(1);
  }
  return reason;
}

NodeCondition tell_phase(std::string_view phase, std::string_view why) {
  const bool bad = phase == "degraded" || phase == "maintenance";
  const auto status = bad ? kTrue : phase == "ready" ? kFalse : kUnknown;
  auto message = std::format("the phase is {}", phase);
  if (!why.empty()) message += ": " + printable(why);
  return {.type = std::string(kPhaseType),
          .status = std::string(status),
          .reason = reason_of_phase(phase),
          .message = shorten(message, kMessageLimit),
          .causes = {}};
}

}  // namespace

bool says_the_same(const NodeCondition& one, const NodeCondition& other) {
  return one.type == other.type && one.status == other.status && one.reason == other.reason &&
         one.causes == other.causes;
}

std::vector<NodeCondition> node_conditions(std::span<const Finding> checks, std::string_view phase,
                                           std::string_view why) {
  std::vector<NodeCondition> all{tell_phase(phase, why)};
  std::string_view before;
  for (const auto& rule : kRules) {
    if (rule.type.empty() || rule.type == before) continue;
    before = rule.type;
    const auto heard = checks_of(rule.type, checks);
    if (!heard.empty()) all.push_back(tell_subject(rule.type, heard));
  }
  return all;
}

std::vector<NodeCondition> stopped_conditions(std::span<const NodeCondition> told) {
  std::vector<NodeCondition> all;
  for (const auto& one : told) {
    all.push_back({.type = one.type,
                   .status = std::string(kUnknown),
                   .reason = std::string(kStopped),
                   .message = "kgnode was stopped on this node, and nobody looks",
                   .causes = {}});
  }
  return all;
}

bool is_ours(std::string_view type) {
  return type == kPhaseType || (!type.empty() && std::ranges::contains(kRules, type, &Rule::type));
}

}  // namespace kgnode::k3s
