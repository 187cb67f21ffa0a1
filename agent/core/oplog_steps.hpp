#pragma once
/// Each step of a domain becomes an entry of the operations log.
#include <functional>
#include <optional>
#include <utility>

#include "agent/core/oplog.hpp"
#include "agent/core/reconcile.hpp"

namespace kgnode::core {

/// A step that cannot be recorded is carried out all the same: a node that stops protecting itself
/// because its disk is full would be worse. finding() then says so.
class OplogSteps final : public StepLog {
 public:
  /// Called with each entry and its place, for the journal.
  using Recorded = std::function<void(const LogEntry&, const ChainPoint&)>;
  OplogSteps(Oplog& log, Recorded recorded) : log_(&log), recorded_(std::move(recorded)) {}

  void record(std::string_view domain, const StepView& step, std::string_view error) override;
  /// Until the next step that is recorded.
  std::optional<Finding> finding() const;

 private:
  Oplog* log_;
  Recorded recorded_;
  std::string trouble_;
};

}  // namespace kgnode::core
