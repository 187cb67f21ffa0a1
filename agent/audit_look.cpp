/// The look at the kernel's audit.
#include "agent/audit_look.hpp"

#include <cstdio>
#include <print>

#include "agent/sys/files.hpp"
#include "hardening/audit/look.hpp"

namespace kgnode {

int run_audit_look() {
  sys::RealFiles files;
  const auto seen = sys::read_audit();
  const auto written = seen ? files.replace(hardening::kAuditLook, hardening::to_text(*seen), 0600)
                            : Result<>(fail(Error(seen.error())));
  if (written) return 0;
  std::println(stderr, "kgnode: {}", written.error().message());
  return 1;
}

}  // namespace kgnode
