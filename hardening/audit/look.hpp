#pragma once
/// What the kernel's audit is like, as a helper with the right to ask writes it down for the agent.
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/audit.hpp"

namespace kgnode::hardening {

constexpr auto kAuditLook = "/run/kgnode/audit/look";
constexpr auto kAuditLookUnit = "kgnode-audit-look.service";

/// Lines of words; a key is the rest of its line.
std::string to_text(const sys::AuditSeen& seen);
Result<sys::AuditSeen> parse_audit_look(std::string_view text);

}  // namespace kgnode::hardening
