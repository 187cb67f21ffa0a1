/// Reading an answer without trusting its shape.
#include "agent/cli/json_view.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "agent/base/text.hpp"

namespace kgnode::cli {
namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no column, and colours none either.
std::size_t count_columns(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    if (text.starts_with("\x1b[")) {
      text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
      continue;
    }
    if ((static_cast<unsigned char>(text.front()) & 0xc0U) != 0x80) ++columns;
    text.remove_prefix(1);
  }
  return columns;
}

}  // namespace

const boost::json::value& at(const boost::json::value& value, std::string_view key) {
  static const boost::json::value nothing;
  const auto* object = value.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(key);
  return found == nullptr ? nothing : *found;
}

std::span<const boost::json::value> list_at(const boost::json::value& value, std::string_view key) {
  const auto* list = at(value, key).if_array();
  if (list == nullptr) return {};
  return {list->data(), list->size()};
}

bool is_true(const boost::json::value& value) { return value.is_bool() && value.get_bool(); }

std::string show(const boost::json::value& value) {
  if (value.is_string()) return printable(value.get_string());
  if (value.is_bool() || value.is_number()) return boost::json::serialize(value);
  return "-";
}

std::string show_at(const boost::json::value& value, std::string_view key) {
  return show(at(value, key));
}

std::string show_time(const boost::json::value& value) {
  constexpr std::size_t kDay = 10;
  constexpr std::size_t kToSeconds = 19;
  std::string text = show(value);
  if (text.size() <= kToSeconds || text[kDay] != 'T') return text;
  text.resize(kToSeconds);
  text[kDay] = ' ';
  return text + "Z";
}

std::string render_table(const std::vector<std::vector<std::string>>& rows,
                         std::string_view indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], count_columns(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - count_columns(row[i]) + 2, ' ');
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace kgnode::cli
