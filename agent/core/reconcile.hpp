#pragma once
/// Observe, plan, apply, observe again, report: the same lines for every domain.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/module.hpp"

namespace kgnode::core {

enum class Mode : std::uint8_t { check, enforce };

/// `unknown`: not looked at yet, or observing failed. Never read it as in_sync.
enum class Phase : std::uint8_t { unknown, in_sync, pending, applied, failed };

struct Condition {
  std::string domain;
  Phase phase = Phase::unknown;
  std::vector<StepView> steps;  // planned (check) or carried out, in order
  std::vector<Finding> findings;
  std::string error;
  bool operator==(const Condition&) const = default;
};

std::string_view to_string(Phase phase);

/// Told about each step that was tried; the error is empty when it worked.
class StepLog {
 public:
  virtual ~StepLog() = default;
  virtual void record(std::string_view domain, const StepView& step, std::string_view error) = 0;
};

/// What is still to be done; writes what was seen into `report`. Nothing when it could not be seen.
template <Domain D>
Task<std::optional<std::vector<typename D::Step>>> look(D& domain, const typename D::Desired& want,
                                                        Condition& report) {
  const auto have = co_await domain.observe(want);
  if (!have) {
    report.phase = Phase::unknown;
    report.error = have.error().message();
    co_return std::nullopt;
  }
  report.findings = D::findings(want, *have);
  co_return D::plan(want, *have);
}

template <Domain D>
Task<Condition> reconcile(D& domain, const typename D::Desired& want, Mode mode, StepLog& log) {
  Condition report{.domain = std::string(D::kName)};
  const auto steps = co_await look(domain, want, report);
  if (!steps) co_return report;
  report.phase = steps->empty() ? Phase::in_sync : Phase::pending;
  for (const auto& step : *steps) report.steps.push_back(D::view(step));
  if (mode == Mode::check || steps->empty()) co_return report;
  for (std::size_t i = 0; i < steps->size(); ++i) {
    auto done = co_await domain.apply((*steps)[i]);
    log.record(D::kName, report.steps[i], done ? "" : done.error().message());
    if (!done) {
      report.phase = Phase::failed;
      report.error = report.steps[i].text + ": " + done.error().message();
      co_return report;
    }
  }
  report.phase = Phase::applied;
  // A step that worked and did not hold is no success.
  const auto left = co_await look(domain, want, report);
  if (left && !left->empty()) {
    report.phase = Phase::failed;
    report.error = D::view(left->front()).text + ": had to be done again after it was done";
  }
  co_return report;
}

}  // namespace kgnode::core
