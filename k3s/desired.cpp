/// All of it hangs on the configuration.
#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"
#include "k3s/snapshot/restore.hpp"

namespace kgnode::k3s {

K3s::Desired K3s::desired(const config::Config& config) { return {.config = config}; }

std::string_view K3s::Desired::unit() const { return server() ? kServerUnit : kAgentUnit; }

std::vector<std::string> K3s::watch_paths(const Desired& want) {
  if (want.server()) return {kBinary, kRebootRecord, kRestoreRecord};
  return {kBinary, kRebootRecord};
}

}  // namespace kgnode::k3s
