/// The configuration and the profile become rules, and how their records are kept.
#include "hardening/audit/audit.hpp"

namespace kgnode::hardening {

Audit::Desired Audit::desired(const config::Config& config) {
  Desired want{.enabled = config.audit.enabled,
               .immutable = config.audit.immutable,
               .rules = {},
               .daemon_text = render_daemon(config.audit)};
  for (const auto& row : audit_profile()) {
    const bool server = config.node.role == config::Role::control_plane;
    if (row.when != AuditWhen::k3s_server || server) want.rules.push_back(row);
  }
  return want;
}

}  // namespace kgnode::hardening
