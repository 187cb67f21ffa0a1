/// The table of kernel parameters, and what an operator may not override.
#include "hardening/sysctl/profile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <format>

#include "agent/base/table.hpp"
#include "agent/base/text.hpp"
#include "hardening/profiles/profiles.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::array<std::string_view, 7> kColumns{"key", "value",  "when",    "override",
                                                   "ids", "reason", "conflict"};

std::optional<SysctlWhen> parse_when(std::string_view word) {
  if (word == "always") return SysctlWhen::always;
  if (word == "ipv4-pods") return SysctlWhen::ipv4_pods;
  if (word == "ipv6-pods") return SysctlWhen::ipv6_pods;
  return std::nullopt;
}

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-/").contains(c);
}

bool is_key(std::string_view key) {
  return std::ranges::all_of(key, is_key_character) && key.contains('.') && !key.contains("..") &&
         !key.starts_with('.') && !key.ends_with('.') && key.find('.') < key.find('/');
}

Result<SysctlRow> parse_row(const TableRow& cells) {
  const auto when = parse_when(cells[2]);
  if (!when || !is_key(cells[0]) || (cells[3] != "free" && cells[3] != "fixed"))
    return fail(Error::plain(std::format("{}: bad key, condition or override word", cells[0])));
  return SysctlRow{.key = std::string(cells[0]),
                   .value = std::string(cells[1]),
                   .when = *when,
                   .fixed = cells[3] == "fixed",
                   .ids = std::string(cells[4]),
                   .reason = std::string(cells[5]),
                   .conflict = std::string(cells[6])};
}

}  // namespace

Result<std::vector<SysctlRow>> parse_sysctl_profile(std::string_view table) {
  std::vector<SysctlRow> rows;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    auto row = TRY(parse_row(cells));
    const bool twice = std::ranges::any_of(rows, [&row](const SysctlRow& other) {
      return other.key == row.key && (other.when == row.when || other.when == SysctlWhen::always);
    });
    if (twice) return fail(Error::plain(std::format("{}: listed twice", row.key)));
    rows.push_back(std::move(row));
  }
  return rows;
}

const std::vector<SysctlRow>& sysctl_profile() {
  static const auto rows = parse_sysctl_profile(sysctl_table());
  assert(rows);  // the table is compiled in and tested
  return *rows;
}

std::optional<std::string> refuse_sysctl_override(std::string_view key, std::string_view value) {
  if (!is_key(key)) {
    return std::format("{} is no kernel parameter: write it as sysctl(8) prints it, such as {}",
                       quote(key), quote("net.ipv4.tcp_syncookies"));
  }
  const bool one_line = std::ranges::none_of(
      value, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
  if (trim(value).empty() || !one_line) return std::format("{} needs a value on one line", key);
  for (const auto& row : sysctl_profile()) {
    if (row.key == key && row.fixed && row.value != trim(value)) {
      return std::format("{} must stay {}: {} ({}); remove the line", key, row.value, row.reason,
                         row.ids);
    }
  }
  return std::nullopt;
}

}  // namespace kgnode::hardening
