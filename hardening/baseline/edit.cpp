/// One setting in a file of settings.
#include "hardening/baseline/edit.hpp"

#include "agent/base/text.hpp"

namespace kgnode::hardening {
namespace {

/// The value of a line that sets the key; nullopt: it does something else.
std::optional<std::string> value_of(std::string_view line, const BaselineRow& row) {
  const auto text = trim(line);
  if (text.empty() || text[0] == '#') return std::nullopt;
  const bool signs = row.kind == BaselineKind::equals || row.kind == BaselineKind::spaced;
  const auto end = signs ? text.find('=') : text.find_first_of(" \t");
  const auto key = trim(text.substr(0, end));
  if (key != row.key) return std::nullopt;
  if (end == std::string_view::npos)
    return row.kind == BaselineKind::flag ? std::optional(std::string()) : std::nullopt;
  return std::string(trim(text.substr(end + 1)));
}

std::string line_of(const BaselineRow& row) {
  switch (row.kind) {
    case BaselineKind::equals:
      return row.key + "=" + row.value;
    case BaselineKind::spaced:
      return row.key + " = " + row.value;
    case BaselineKind::flag:
      return row.key;
    default:
      return row.key + "\t" + row.value;
  }
}

}  // namespace

std::optional<std::string> setting_in(std::string_view text, const BaselineRow& row) {
  std::optional<std::string> value;
  for (const auto line : split(text, '\n')) {
    if (auto found = value_of(line, row)) value = std::move(found);
  }
  return value;
}

std::string with_setting(std::string_view text, const BaselineRow& row) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto wanted = line_of(row);
  std::string out;
  bool done = false;
  for (const auto line : lines) {
    const bool sets = value_of(line, row).has_value();
    if (sets && done) continue;
    out += (sets ? wanted : std::string(line)) + "\n";
    done = done || sets;
  }
  if (!done) out += wanted + "\n";
  return out;
}

}  // namespace kgnode::hardening
