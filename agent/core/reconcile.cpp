/// Names of phases as the API and the metrics spell them.
#include "agent/core/reconcile.hpp"

namespace kgnode::core {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::unknown:
      return "unknown";
    case Phase::in_sync:
      return "in_sync";
    case Phase::pending:
      return "pending";
    case Phase::applied:
      return "applied";
    case Phase::failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace kgnode::core
