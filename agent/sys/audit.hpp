#pragma once
/// The kernel's audit subsystem, read only: how it is, and which rules it holds.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct AuditStatus {
  std::uint32_t enabled = 0;  // 2: locked until the next boot
  std::uint32_t daemon = 0;   // process that takes the records; 0: none
  std::uint32_t backlog_limit = 0;
  std::uint32_t backlog = 0;
  std::uint32_t lost = 0;  // since boot
  bool operator==(const AuditStatus&) const = default;
};

struct AuditRules {
  std::map<std::string, unsigned> keys;  // rules of each key; "" counts those without one
  std::string hash;                      // of all rules, whatever their order
  bool operator==(const AuditRules&) const = default;
};

/// `none`: this kernel has no audit. `closed`: it is another's to ask, as in a container.
enum class AuditAccess : std::uint8_t { open, none, closed };

struct AuditSeen {
  AuditAccess access = AuditAccess::open;
  AuditStatus status;
  AuditRules rules;
  bool operator==(const AuditSeen&) const = default;
};

/// Needs CAP_AUDIT_CONTROL. Blocks for as long as the kernel takes, two seconds at most.
Result<AuditSeen> read_audit();

/// The key of one rule as the kernel sends it; "" when it has none, nullopt when it is cut off.
std::optional<std::string> parse_audit_rule_key(std::span<const std::byte> rule);
AuditRules summarize_audit_rules(std::vector<std::string> rules);

}  // namespace kgnode::sys
