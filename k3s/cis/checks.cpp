/// Table -> checks.
#include "k3s/cis/checks.hpp"

#include <array>
#include <cassert>
#include <format>
#include <optional>
#include <set>

#include "agent/base/table.hpp"
#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::array<std::string_view, 8> kColumns{"id",       "role",  "kind",   "subject",
                                                   "expected", "title", "remedy", "deviation"};

std::optional<CisKind> parse_kind(std::string_view text) {
  if (text == "mode") return CisKind::mode;
  if (text == "owner") return CisKind::owner;
  if (text == "argument") return CisKind::argument;
  return std::nullopt;
}

}  // namespace

Result<std::vector<CisCheck>> parse_checks(std::string_view table) {
  std::vector<CisCheck> checks;
  std::set<std::string_view> seen;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    const auto kind = parse_kind(cells[2]);
    if (!kind) return fail(Error::plain(std::format("{}: unknown kind {}", cells[0], cells[2])));
    if (cells[1] != "server" && cells[1] != "all")
      return fail(Error::plain(std::format("{}: unknown role {}", cells[0], quote(cells[1]))));
    if (!seen.insert(cells[0]).second)
      return fail(Error::plain(std::format("{} is there twice", cells[0])));
    checks.push_back({.id = std::string(cells[0]),
                      .servers_only = cells[1] == "server",
                      .kind = *kind,
                      .subject = std::string(cells[3]),
                      .expected = std::string(cells[4]),
                      .title = std::string(cells[5]),
                      .remedy = std::string(cells[6]),
                      .deviation = std::string(cells[7] == "-" ? "" : cells[7])});
  }
  return checks;
}

const std::vector<CisCheck>& cis_checks() {
  static const auto all = parse_checks(cis_table());
  assert(all);  // the table is compiled in and tested
  return *all;
}

}  // namespace kgnode::k3s
