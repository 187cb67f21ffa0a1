#pragma once
/// The configuration to a rule set; pure.
#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "hardening/firewall/model.hpp"

namespace kgnode::hardening::firewall {

/// For the time before there is a configuration: nothing comes in but answers, and what a network
/// needs to come up. `bits`: of the bans that will be loaded with it.
Ruleset make_closed_ruleset(SourceBits bits = {});
Ruleset make_ruleset(const config::Config& config);

/// The role's ports: chains `services` and `limits`, and the sets they use.
struct Ports {
  std::vector<Set> sets;
  std::vector<Rule> services;
  std::vector<Rule> limits;
};
Ports make_ports(const config::Config& config);

}  // namespace kgnode::hardening::firewall
