#pragma once
/// Which boot this is, and how long it has lasted.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// /proc/sys/kernel/random/boot_id: another one after each boot, in a container too.
Result<std::string> read_boot_id();

/// CLOCK_BOOTTIME: counts sleep, is never stepped.
std::chrono::milliseconds read_boot_time();

/// How long process 1 had to wait for its start, by the clock of read_boot_time(): in a container,
/// long.
Result<std::chrono::milliseconds> read_start_of_init();
/// Of /proc/PID/stat: when the process was started, in clock ticks.
std::optional<std::uint64_t> parse_start_ticks(std::string_view stat);

}  // namespace kgnode::sys
