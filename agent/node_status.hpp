#pragma once
/// Which phase the node is in, and why: a pure answer from what the parts report.
#include <string>
#include <vector>

#include "agent/core/reconciler.hpp"

namespace kgnode {

struct PhaseReport {
  std::string phase;   // booting, hardened, degraded, maintenance
  std::string reason;  // empty for hardened
  bool operator==(const PhaseReport&) const = default;
};

struct PhaseInput {
  bool has_config = false;
  bool may_still_come = false;  // something else is about to write the configuration
  std::string trouble;          // of the configuration; empty: none
};

PhaseReport phase_of(const PhaseInput& input, const std::vector<core::ModuleState>& states);

}  // namespace kgnode
