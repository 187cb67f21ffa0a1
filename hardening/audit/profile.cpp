/// The table of audit rules.
#include "hardening/audit/profile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <format>
#include <optional>

#include "agent/base/table.hpp"
#include "agent/base/text.hpp"
#include "hardening/profiles/profiles.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::array<std::string_view, 7> kColumns{"key", "when",   "needs",   "rule",
                                                   "ids", "reason", "conflict"};

std::optional<AuditWhen> parse_when(std::string_view word) {
  if (word == "always") return AuditWhen::always;
  if (word == "if-there") return AuditWhen::if_there;
  if (word == "k3s") return AuditWhen::k3s;
  if (word == "k3s-server") return AuditWhen::k3s_server;
  if (word == "set-id") return AuditWhen::set_id;
  return std::nullopt;
}

bool needs_path(AuditWhen when) {
  return when == AuditWhen::if_there || when == AuditWhen::k3s || when == AuditWhen::k3s_server;
}

Result<AuditRow> parse_row(const TableRow& cells) {
  const auto when = parse_when(cells[1]);
  const bool starts = cells[3].starts_with("-a always,exit ") || cells[3].starts_with("-w /");
  const bool names_key = cells[3].ends_with(std::format(" -k {}", cells[0]));
  if (!when || !starts || !names_key || needs_path(*when) != cells[2].starts_with('/') ||
      (*when == AuditWhen::set_id) != cells[3].contains("path=@ ")) {
    return fail(Error::plain(std::format("{}: bad rule, key, condition or path", cells[3])));
  }
  return AuditRow{.key = std::string(cells[0]),
                  .when = *when,
                  .needs = std::string(cells[2]),
                  .rule = std::string(cells[3]),
                  .ids = std::string(cells[4]),
                  .reason = std::string(cells[5]),
                  .conflict = std::string(cells[6])};
}

}  // namespace

Result<std::vector<AuditRow>> parse_audit_profile(std::string_view table) {
  std::vector<AuditRow> rows;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    auto row = TRY(parse_row(cells));
    if (std::ranges::contains(rows, row.rule, &AuditRow::rule))
      return fail(Error::plain(std::format("{}: listed twice", row.rule)));
    rows.push_back(std::move(row));
  }
  return rows;
}

const std::vector<AuditRow>& audit_profile() {
  static const auto rows = parse_audit_profile(audit_table());
  assert(rows);  // the table is compiled in and tested
  return *rows;
}

}  // namespace kgnode::hardening
