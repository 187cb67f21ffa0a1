#pragma once
/// The laws every domain keeps, run against its fakes.
#include "agent/core/reconcile.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_task.hpp"

namespace test {

struct NoLog final : kgnode::core::StepLog {
  void record(std::string_view, const kgnode::core::StepView&, std::string_view) override {}
};

template <kgnode::core::Domain D>
kgnode::core::Condition reconcile(D& domain, const typename D::Desired& want,
                                  kgnode::core::Mode mode) {
  NoLog log;
  return run_task(kgnode::core::reconcile(domain, want, mode, log));
}

/// Applied once -> in sync; a second run plans nothing. Call it on a domain that is out of sync.
template <kgnode::core::Domain D>
void check_laws(D& domain, const typename D::Desired& want) {
  using kgnode::core::Mode, kgnode::core::Phase;
  CHECK(reconcile(domain, want, Mode::check).phase == Phase::pending);
  CHECK(reconcile(domain, want, Mode::check).phase == Phase::pending);  // checking changes nothing
  const auto applied = reconcile(domain, want, Mode::enforce);
  CHECK(applied.error == "");
  CHECK(applied.phase == Phase::applied);
  CHECK(reconcile(domain, want, Mode::check).phase == Phase::in_sync);
  CHECK(reconcile(domain, want, Mode::enforce).steps.empty());
}

}  // namespace test
