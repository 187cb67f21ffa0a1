/// What lines of K3s's log mean.
#include "k3s/diagnose/rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <format>
#include <optional>
#include <set>

#include "agent/base/table.hpp"
#include "agent/base/text.hpp"
#include "k3s/diagnose/log_lines.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::array<std::string_view, 6> kColumns{"id",      "severity", "role",
                                                   "pattern", "meaning",  "remedy"};

constexpr std::array kNames = {std::pair{Severity::ok, std::string_view("ok")},
                               std::pair{Severity::info, std::string_view("info")},
                               std::pair{Severity::warn, std::string_view("warn")},
                               std::pair{Severity::error, std::string_view("error")},
                               std::pair{Severity::fatal, std::string_view("fatal")}};

std::optional<Severity> parse_severity(std::string_view text) {
  const auto* const found = std::ranges::find(kNames, text, &decltype(kNames)::value_type::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace

std::string_view to_string(Severity severity) {
  return std::ranges::find(kNames, severity, &decltype(kNames)::value_type::first)->second;
}

Result<std::vector<Rule>> parse_rules(std::string_view table) {
  std::vector<Rule> rules;
  std::set<std::string_view> seen;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    const auto severity = parse_severity(cells[1]);
    if (!severity)
      return fail(Error::plain(std::format("{}: unknown severity {}", cells[0], quote(cells[1]))));
    if (!seen.insert(cells[0]).second)
      return fail(Error::plain(std::format("{} is there twice", cells[0])));
    rules.push_back({.id = std::string(cells[0]),
                     .severity = *severity,
                     .pattern = std::string(cells[3]),
                     .meaning = std::string(cells[4]),
                     .remedy = cells[5] == "-" ? std::string() : std::string(cells[5])});
  }
  return rules;
}

const std::vector<Rule>& rules() {
  static const auto all = parse_rules(log_lines_table());
  assert(all);  // the table is compiled in and tested
  return *all;
}

}  // namespace kgnode::k3s
