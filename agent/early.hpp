#pragma once
/// Before the network: the closed firewall, and the bans that are still in force.
#include <chrono>
#include <cstddef>

#include "agent/base/result.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/ban/store.hpp"

namespace kgnode {

/// `kgnode early`. The node is closed first: whatever the store of bans is like, that stays.
int run_early();

/// Into the table of the closed firewall, which is loaded again should these bans need other sets.
/// Gives how many.
Result<std::size_t> restore_bans(sys::Nftables& nftables, hardening::ban::Store& store,
                                 std::chrono::system_clock::time_point now);

}  // namespace kgnode
