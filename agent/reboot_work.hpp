#pragma once
/// What the unit of a reboot does: asks the cluster, moves the pods, reboots; and takes back what
/// an earlier one left. Not part of the agent's loop: it blocks, and asks the network.
#include "k3s/day2/reboot.hpp"

namespace kgnode {

/// Written by the agent, taken by the unit. Without one the unit only takes back.
constexpr auto kRebootRequest = "/run/kgnode/reboot-request.json";
/// What it does now, a line.
constexpr auto kRebootProgress = "/run/kgnode/reboot-progress";
/// What it ended with, in one line; empty: all is done.
constexpr auto kRebootResult = "/run/kgnode/reboot-result";

/// The exit code.
int run_reboot_work();

}  // namespace kgnode
