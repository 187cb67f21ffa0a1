#pragma once
/// The table of kernel parameters, and what an operator may not override.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::hardening {

/// `ipv6_pods`: the cluster gives pods IPv6 addresses.
enum class SysctlWhen : std::uint8_t { always, ipv4_pods, ipv6_pods };

struct SysctlRow {
  std::string key;
  std::string value;
  SysctlWhen when = SysctlWhen::always;
  bool fixed = false;  // K3s or Longhorn does not work with another value
  std::string ids;
  std::string reason;
  std::string conflict;  // "-": none
};

Result<std::vector<SysctlRow>> parse_sysctl_profile(std::string_view table);
/// The table in the binary.
const std::vector<SysctlRow>& sysctl_profile();

/// Why `key = value` under [kernel.sysctl] cannot be accepted; nullopt: it can.
std::optional<std::string> refuse_sysctl_override(std::string_view key, std::string_view value);

}  // namespace kgnode::hardening
