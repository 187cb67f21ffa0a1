#pragma once
/// How the node is, for the other nodes: its phase, and what is not as it should be.
#include <vector>

#include "agent/config/config.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/node_status.hpp"
#include "agent/peers/beacon.hpp"

namespace kgnode {

/// The worst comes first, as a beacon has little room.
peers::Report make_report(const config::Config& config, const PhaseReport& phase,
                          const std::vector<core::ModuleState>& states);

}  // namespace kgnode
