#pragma once
/// The look at the kernel's audit, as a process of its own: it has the right to ask, which the
/// agent does without.

namespace kgnode {

/// Writes hardening::kAuditLook. The exit code.
int run_audit_look();

}  // namespace kgnode
