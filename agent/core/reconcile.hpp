#pragma once
/// Observe, plan, apply, observe again, report: the same lines for every domain.
#include <algorithm>
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
  std::vector<Item> items;  // of a check only
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
                                                        Mode mode, Condition& report) {
  const auto have = co_await domain.observe(want);
  if (!have) {
    report.phase = Phase::unknown;
    report.error = have.error().message();
    co_return std::nullopt;
  }
  report.findings = D::findings(want, *have);
  if constexpr (requires { D::items(want, *have); }) {
    if (mode == Mode::check) report.items = D::items(want, *have);
  }
  co_return D::plan(want, *have);
}

/// Carries them out until one fails.
template <Domain D>
Task<bool> carry_out(D& domain, const std::vector<typename D::Step>& steps, Condition& report,
                     StepLog& log) {
  for (const auto& step : steps) report.steps.push_back(D::view(step));
  for (const auto& step : steps) {
    const auto view = D::view(step);
    auto done = co_await domain.apply(step);
    log.record(D::kName, view, done ? "" : done.error().message());
    if (done) continue;
    report.phase = Phase::failed;
    report.error = view.text + ": " + done.error().message();
    co_return false;
  }
  report.phase = Phase::applied;
  co_return true;
}

template <Domain D>
Task<Condition> reconcile(D& domain, const typename D::Desired& want, Mode mode, StepLog& log) {
  // Steps that others made possible are done in the same run; a domain that never ends is wrong.
  constexpr int kMostRounds = 4;
  Condition report{.domain = std::string(D::kName)};
  auto steps = co_await look(domain, want, mode, report);
  if (steps) report.phase = steps->empty() ? Phase::in_sync : Phase::pending;
  if (mode == Mode::check && steps) {
    for (const auto& step : *steps) report.steps.push_back(D::view(step));
    co_return report;
  }
  for (int round = 0; steps && !steps->empty(); ++round) {
    const auto first = D::view(steps->front());
    // A step that worked and did not hold is no success.
    if (round == kMostRounds || std::ranges::contains(report.steps, first)) {
      report.phase = Phase::failed;
      report.error = first.text + ": had to be done again after it was done";
      co_return report;
    }
    if (!co_await carry_out(domain, *steps, report, log)) co_return report;
    steps = co_await look(domain, want, mode, report);
  }
  co_return report;
}

}  // namespace kgnode::core
