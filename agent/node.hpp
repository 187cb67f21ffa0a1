#pragma once
/// Composition root: the one place where adapters, domains, reconciler and API meet.

namespace kgnode {

/// The agent until SIGTERM; returns the exit code.
int run_agent();

}  // namespace kgnode
