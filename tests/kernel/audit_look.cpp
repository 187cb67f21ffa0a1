/// The kernel's audit as it is on this machine: what it says is read whole, and nothing is changed.
#include "agent/sys/audit.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;

TEST_CASE("audit: the kernel's answer is read, or it is said why there is none") {
  const auto seen = sys::read_audit();
  REQUIRE(seen);
  if (seen->access != sys::AuditAccess::open) {
    SKIP("this machine's audit cannot be asked from here");
  }
  CHECK(seen->status.enabled <= 2);
  CHECK(seen->status.backlog_limit > 0);
  CHECK(seen->rules.hash.size() == 64);
  CHECK(sys::read_audit().value().rules == seen->rules);
}
