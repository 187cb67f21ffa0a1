#pragma once
/// `kgnode firstboot`: reads the instance's first-boot data and writes network and node
/// configuration.
#include <string>

#include "agent/firstboot/plan.hpp"

namespace kgnode::firstboot {

/// Made when no local source answered; the unit of the network stage runs only then.
inline constexpr const char* kNeedsNetworkPath = "/run/kgnode/firstboot-needs-network";

struct Options {
  std::string seed;  // offline: a folder laid out like a config drive or NoCloud
  std::string out;   // offline: everything is written below this folder and nothing else is touched
  bool network_stage = false;
  CheckConfig check;  // of the configuration; none: it is not checked
};

/// The exit code: 0, 1 when a part of what was asked is missing, 64 for a wrong combination of
/// options.
int run_command(const Options& options);

}  // namespace kgnode::firstboot
