#pragma once
/// Tells the cluster how this node is, beside everything else that the agent does.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/config/config.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/node_status.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/units.hpp"
#include "k3s/conditions/teller.hpp"

namespace kgnode {

/// What the domains found, and of each the check "DOMAIN.in_sync".
std::vector<core::Finding> gather_checks(const std::vector<core::ModuleState>& states);

/// Whether the API has shown this node, and would take what is told of it.
bool is_node_shown(const std::optional<k3s::LookReport>& look);

class ClusterTeller {
 public:
  struct Parts {
    sys::Files& files;
    sys::Units& units;
    const Clock& clock;
    std::function<core::ConfigPtr()> config;
    std::function<PhaseReport()> phase;
    std::function<const std::vector<core::ModuleState>&()> states;
    std::function<bool()> has_k3s;
    std::function<bool()> api_answers;                        // as of the last look at the cluster
    std::function<void(const std::string&)> start_and_leave;  // restarts a unit, waits for nothing
  };

  explicit ClusterTeller(Parts parts) : parts_(std::move(parts)) {}

  /// After each run of a domain. Returns at once.
  void look();
  /// At the agent's end: has it told that nobody looks any more, unless an agent comes back.
  void stop();

 private:
  void recall(const config::Config& config);
  void tell(const config::Config& config, k3s::TellRequest request);
  Task<Result<k3s::TellReport>> run(k3s::TellRequest request);

  Parts parts_;
  std::optional<k3s::Teller> teller_;
  std::string node_;
};

}  // namespace kgnode
