#pragma once
/// What the units of an image do: write an update, go back, judge a boot. Not part of the agent's
/// loop: they block, and are processes of their own.
#include <chrono>
#include <string>

namespace kgnode {

/// Written by the agent, read by the unit that it starts: "write SOURCE" or "rollback".
constexpr auto kSlotRequest = "/run/kgnode/slot-request";
/// What it ended with, in one line; empty: it is done.
constexpr auto kSlotResult = "/run/kgnode/slot-result";
constexpr auto kSlotUnit = "kgnode-slot.service";

/// Carries out the request. The exit code.
int run_slot_work();

/// Waits until the node is healthy, at most so long. A slot on trial that does not become healthy
/// gives way to the good one, by a reboot. The exit code: 0 healthy.
int run_health_gate(std::chrono::seconds limit);

}  // namespace kgnode
