/// The table of kernel modules, and what an operator may not deny.
#include "hardening/modules/profile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <format>
#include <set>

#include "agent/base/kernel_modules.hpp"
#include "agent/base/table.hpp"
#include "agent/base/text.hpp"
#include "hardening/profiles/profiles.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::array<std::string_view, 6> kColumns{"module", "action", "when",
                                                   "ids",    "reason", "conflict"};

/// The node's root, its boot partition and its network are on these, so they have no row to deny.
constexpr std::array<std::string_view, 9> kNeeded{"erofs",     "vfat", "ext4",   "xfs",   "loop",
                                                  "nf_tables", "veth", "bridge", "dm_mod"};

std::optional<ModuleWhen> parse_when(std::string_view word) {
  if (word == "always") return ModuleWhen::always;
  if (word == "vxlan") return ModuleWhen::vxlan;
  if (word == "wireguard") return ModuleWhen::wireguard;
  return std::nullopt;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool is_name(std::string_view name) {
  constexpr std::size_t kLimit = 55;  // MODULE_NAME_LEN less the terminator
  return !name.empty() && name.size() <= kLimit && !name.starts_with('-') &&
         std::ranges::all_of(name, is_name_character);
}

}  // namespace

Result<std::vector<ModuleRow>> parse_modules_profile(std::string_view table) {
  std::vector<ModuleRow> rows;
  std::set<std::string> seen;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    const auto when = parse_when(cells[2]);
    if (!when || !is_name(cells[0]) || (cells[1] != "deny" && cells[1] != "preload"))
      return fail(Error::plain(std::format("{}: bad name, action or condition", cells[0])));
    if (!seen.insert(module_name(cells[0])).second)
      return fail(Error::plain(std::format("{}: listed twice", cells[0])));
    rows.push_back({.name = std::string(cells[0]),
                    .action = cells[1] == "deny" ? ModuleAction::deny : ModuleAction::preload,
                    .when = *when,
                    .ids = std::string(cells[3]),
                    .reason = std::string(cells[4]),
                    .conflict = std::string(cells[5])});
  }
  return rows;
}

const std::vector<ModuleRow>& modules_profile() {
  static const auto rows = parse_modules_profile(modules_table());
  assert(rows);  // the table is compiled in and tested
  return *rows;
}

std::optional<std::string> refuse_module_name(std::string_view name) {
  if (is_name(name)) return std::nullopt;
  return std::format("{} is no module name: write it as lsmod(8) prints it", quote(name));
}

std::optional<std::string> refuse_denied_module(std::string_view name) {
  if (auto why = refuse_module_name(name)) return why;
  const auto wanted = module_name(name);
  for (const auto& row : modules_profile()) {
    if (row.action == ModuleAction::preload && module_name(row.name) == wanted)
      return std::format("{} cannot be denied: {} ({}); remove it", name, row.reason, row.ids);
  }
  if (std::ranges::contains(kNeeded, wanted))
    return std::format("{} cannot be denied: the node itself runs on it; remove it", name);
  return std::nullopt;
}

}  // namespace kgnode::hardening
