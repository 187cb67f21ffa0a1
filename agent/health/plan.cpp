/// Nothing to plan: what is found is told.
#include "agent/health/health.hpp"

namespace kgnode::health {

std::vector<core::Finding> Health::findings(const Desired& want, const Observed& have) {
  std::vector<core::Finding> findings;
  findings.reserve(have.checks.size() + 1);
  for (const auto& check : have.checks) findings.push_back(check.finding);
  findings.push_back(energy_finding(have.energy, !want.request_counter.empty()));
  return findings;
}

}  // namespace kgnode::health
