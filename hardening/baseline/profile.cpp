/// The table of everything else that auditors ask of files, mounts and services.
#include "hardening/baseline/profile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <format>
#include <optional>
#include <utility>

#include "agent/base/table.hpp"
#include "agent/base/text.hpp"
#include "hardening/profiles/profiles.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::array<std::string_view, 8> kColumns{"kind",  "subject", "key",    "value",
                                                   "needs", "ids",     "reason", "conflict"};
constexpr std::array<std::pair<std::string_view, BaselineKind>, 11> kKinds{{
    {"text", BaselineKind::text},
    {"blank", BaselineKind::blank},
    {"equals", BaselineKind::equals},
    {"spaced", BaselineKind::spaced},
    {"flag", BaselineKind::flag},
    {"mode", BaselineKind::mode},
    {"seen-mode", BaselineKind::seen_mode},
    {"absent", BaselineKind::absent},
    {"mount", BaselineKind::mount},
    {"no-unit", BaselineKind::no_unit},
    {"deviates", BaselineKind::deviates},
}};
constexpr unsigned kShadowGroup = 42;  // of Debian, fixed

bool is_whole(const BaselineRow& row) {
  const bool is_path = row.subject.starts_with('/');
  if (row.needs != "-" && !row.needs.starts_with('/')) return false;
  switch (row.kind) {
    case BaselineKind::mode:
    case BaselineKind::seen_mode:
      return is_path && parse_file_mode(row.value).has_value();
    case BaselineKind::no_unit:
      return !is_path && row.subject.contains('.');
    case BaselineKind::deviates:
      return !is_path && row.conflict != "-";
    case BaselineKind::flag:
      return is_path && row.key != "-" && row.value == "-";
    case BaselineKind::absent:
      return is_path && row.value == "-";
    case BaselineKind::text:
    case BaselineKind::mount:
      return is_path && row.key == "-" && row.value != "-";
    case BaselineKind::blank:
    case BaselineKind::equals:
    case BaselineKind::spaced:
      return is_path && row.key != "-" && row.value != "-";
  }
  return false;
}

std::string with_line_ends(std::string_view cell) {
  std::string text;
  for (std::size_t at = 0; at < cell.size(); ++at) {
    if (cell.substr(at).starts_with("\\n")) {
      text += '\n';
      ++at;
    } else {
      text += cell[at];
    }
  }
  return text;
}

Result<BaselineRow> parse_row(const TableRow& cells) {
  const auto kind = std::ranges::find(kKinds, cells[0], &decltype(kKinds)::value_type::first);
  if (kind == kKinds.end()) return fail(Error::plain(std::format("{}: no such kind", cells[0])));
  BaselineRow row{.kind = kind->second,
                  .subject = std::string(cells[1]),
                  .key = std::string(cells[2]),
                  .value = with_line_ends(cells[3]),
                  .needs = std::string(cells[4]),
                  .ids = std::string(cells[5]),
                  .reason = std::string(cells[6]),
                  .conflict = std::string(cells[7])};
  if (!is_whole(row)) {
    return fail(Error::plain(
        std::format("{} {} {}: bad subject, key, value or path", cells[0], cells[1], cells[2])));
  }
  return row;
}

}  // namespace

Result<FileMode> parse_file_mode(std::string_view text) {
  const auto words = split_words(text);
  const auto bits = words.empty() ? std::nullopt : parse_int<unsigned>(words[0], 8);
  if (words.size() == 2 && bits && *bits <= 07777 && words[1] == "root:root")
    return FileMode{.mode = *bits, .uid = 0, .gids = {0}};
  if (words.size() == 2 && bits && *bits <= 07777 && words[1] == "root:shadow")
    return FileMode{.mode = *bits, .uid = 0, .gids = {kShadowGroup, 0}};
  return fail(Error::plain(std::format("{} is no mode and owner", quote(text))));
}

Result<std::vector<BaselineRow>> parse_baseline_profile(std::string_view table) {
  std::vector<BaselineRow> rows;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    auto row = TRY(parse_row(cells));
    const bool twice = std::ranges::any_of(rows, [&row](const BaselineRow& other) {
      return other.kind == row.kind && other.subject == row.subject && other.key == row.key;
    });
    if (twice) return fail(Error::plain(std::format("{} {}: listed twice", row.subject, row.key)));
    rows.push_back(std::move(row));
  }
  return rows;
}

const std::vector<BaselineRow>& baseline_profile() {
  static const auto rows = parse_baseline_profile(baseline_table());
  assert(rows);  // the table is compiled in and tested
  return *rows;
}

}  // namespace kgnode::hardening
