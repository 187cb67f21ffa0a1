#pragma once
/// When a line of a file says that it was written. For looking back at a log: the agent itself goes
/// by journald's clock or its own, never by what a line says. Pure.
#include <optional>
#include <string_view>

#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

/// Of syslog's prefix ("Nov 22 10:00:01", or as in RFC 3339), that of a container runtime, K3s's
/// `time="..."`, an access log in common log format or Traefik's JSON, or an audit event. nullopt:
/// it has none of them. The old form of syslog says neither year nor zone: it is taken for UTC, and
/// for the last such day that is not after `now`.
std::optional<Time> read_line_time(std::string_view line, Time now);

}  // namespace kgnode::hardening::ban
