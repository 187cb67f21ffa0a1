/// Longhorn runs where there is a data disk, and on every worker.
#include "storage/longhorn/longhorn.hpp"

namespace kgnode::storage {

Longhorn::Desired Longhorn::desired(const config::Config& config) {
  return {.wanted = config.storage.disk || config.node.role == config::Role::worker,
          .node = config.node.name};
}

std::vector<std::string> Longhorn::watch_paths(const Desired& want) {
  if (!want.wanted) return {};
  return {std::string(kInitiatorFile)};
}

}  // namespace kgnode::storage
