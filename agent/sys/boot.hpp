#pragma once
/// Which boot this is, and how long it has lasted.
#include <chrono>
#include <string>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// /proc/sys/kernel/random/boot_id: another one after each boot, in a container too.
Result<std::string> read_boot_id();

/// CLOCK_BOOTTIME: counts sleep, is never stepped.
std::chrono::milliseconds read_boot_time();

}  // namespace kgnode::sys
