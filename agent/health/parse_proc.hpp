#pragma once
/// Files of /proc and /sys, and what systemctl prints, as values; pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/health/readings.hpp"

namespace kgnode::health {

std::optional<Memory> parse_meminfo(std::string_view text);
std::optional<Pressure> parse_pressure(std::string_view text);
std::optional<Load> parse_loadavg(std::string_view text);
std::optional<ProcessorTime> parse_stat(std::string_view text);
/// The number after a name, as /proc/vmstat and /proc/self/status have it.
std::optional<std::uint64_t> parse_named(std::string_view text, std::string_view name);
/// "systemctl list-units --plain --no-legend": the first word of each line.
std::vector<std::string> parse_units(std::string_view text);

/// /proc/PID/mountinfo: how these mount points are mounted; what is no mount point is left out. The
/// last line of a mount point is the one that is seen.
std::map<std::string, MountMode> parse_mount_modes(std::string_view text,
                                                   const std::vector<std::string>& mounts);
/// /etc/fstab: whether a mount point is wanted read-only, for those that it names.
std::map<std::string, bool> parse_fstab(std::string_view text);

/// What /proc/sys/kernel/tainted means, bit by bit; `serious`: the kernel itself is damaged.
struct Taint {
  std::string_view meaning;
  bool serious = false;
  bool operator==(const Taint&) const = default;
};
std::vector<Taint> decode_taint(std::uint64_t bits);

/// One row of /proc/net/tcp, tcp6, udp or udp6 that waits for others on more than loopback.
struct Waiting {
  PortRange port;
  std::uint64_t inode = 0;
  auto operator<=>(const Waiting&) const = default;
};
std::vector<Waiting> parse_sockets(std::string_view text, Protocol protocol);

}  // namespace kgnode::health
