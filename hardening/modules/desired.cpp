/// The configuration and the profile become two lists of modules.
#include "agent/base/kernel_modules.hpp"
#include "hardening/modules/modules.hpp"
#include "hardening/modules/profile.hpp"

namespace kgnode::hardening {
namespace {

bool applies(ModuleWhen when, config::Overlay overlay) {
  return when == ModuleWhen::always ||
         (when == ModuleWhen::vxlan) == (overlay == config::Overlay::vxlan);
}

bool is_allowed(const std::string& name, const config::Kernel& kernel) {
  for (const auto& allowed : kernel.allow_modules) {
    if (module_name(allowed) == module_name(name)) return true;
  }
  return false;
}

}  // namespace

Modules::Desired Modules::desired(const config::Config& config) {
  Desired want;
  for (const auto& row : modules_profile()) {
    if (row.action == ModuleAction::preload && applies(row.when, config.k3s.overlay))
      want.preload[row.name] = {row.ids, row.reason, row.conflict};
    if (row.action == ModuleAction::deny && !is_allowed(row.name, config.kernel))
      want.deny[row.name] = {row.ids, row.reason, row.conflict};
  }
  for (const auto& name : config.kernel.deny_modules) {
    // The configuration check has told already; a node without its network would be the price.
    if (!refuse_denied_module(name))
      want.deny.try_emplace(name, Rule{"node.toml", "denied by the operator under [kernel]"});
  }
  return want;
}

}  // namespace kgnode::hardening
