/// Would this configuration leave the operator a way in?
#include "hardening/lockout.hpp"

namespace kgnode::hardening {

std::optional<std::string> why_locked_out(const config::Config& config) {
  if (config.admin.ssh_keys.empty())
    return "nobody could log in any more: admin.ssh_keys is empty; give at least one key";
  if (config.admin.from.empty() && !config.firewall.vrack_ssh)
    return "SSH could be reached from nowhere: admin.from is empty and firewall.vrack_ssh is "
           "false; "
           "give a network in admin.from or set vrack_ssh = true";
  return std::nullopt;
}

}  // namespace kgnode::hardening
