#pragma once
/// The table of kernel modules, and what an operator may not deny.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::hardening {

enum class ModuleAction : std::uint8_t { deny, preload };
/// `vxlan`, `wireguard`: only with that overlay network.
enum class ModuleWhen : std::uint8_t { always, vxlan, wireguard };

struct ModuleRow {
  std::string name;
  ModuleAction action = ModuleAction::deny;
  ModuleWhen when = ModuleWhen::always;
  std::string ids;
  std::string reason;
  std::string conflict;  // "-": none
};

Result<std::vector<ModuleRow>> parse_modules_profile(std::string_view table);
/// The table in the binary.
const std::vector<ModuleRow>& modules_profile();

/// Why a name under [kernel] allow_modules or deny_modules cannot be accepted; nullopt: it can.
std::optional<std::string> refuse_module_name(std::string_view name);
/// The same for deny_modules, which may not name what K3s or Longhorn needs.
std::optional<std::string> refuse_denied_module(std::string_view name);

}  // namespace kgnode::hardening
