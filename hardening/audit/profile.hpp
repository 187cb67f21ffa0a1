#pragma once
/// The table of audit rules.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::hardening {

/// `if_there`: left out while the path that it needs is absent. `k3s`: waits for that path, which
/// K3s makes, `k3s_server` on control planes only. `set_id`: one rule for each set-id program.
enum class AuditWhen : std::uint8_t { always, if_there, k3s, k3s_server, set_id };

struct AuditRow {
  std::string key;
  AuditWhen when = AuditWhen::always;
  std::string needs;  // a path, or "-"
  std::string rule;   // as auditctl(8) takes it
  std::string ids;
  std::string reason;
  std::string conflict;  // "-": none
};

Result<std::vector<AuditRow>> parse_audit_profile(std::string_view table);
/// The table in the binary.
const std::vector<AuditRow>& audit_profile();

}  // namespace kgnode::hardening
