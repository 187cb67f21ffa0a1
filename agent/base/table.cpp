/// Tables of tab-separated cells.
#include "agent/base/table.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode {
namespace {

Error at_line(std::size_t line, const std::string& why) {
  return Error::plain(std::format("line {}: {}", line, why));
}

}  // namespace

Result<std::vector<TableRow>> parse_table(std::string_view text,
                                          std::span<const std::string_view> columns) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<TableRow> rows;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    TableRow cells = split(line, '\t');
    if (number == 1 && !std::ranges::equal(cells, columns))
      return fail(at_line(number, "the header does not name the expected columns"));
    if (cells.size() != columns.size()) {
      return fail(
          at_line(number, std::format("{} cells instead of {}", cells.size(), columns.size())));
    }
    const auto bare = [](std::string_view cell) { return cell.empty() || trim(cell) != cell; };
    const auto odd = std::ranges::find_if(cells, bare);
    if (odd != cells.end()) {
      const auto column = static_cast<std::size_t>(odd - cells.begin());
      return fail(
          at_line(number, std::format("{} is empty or has blanks around it", columns[column])));
    }
    if (number > 1) rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace kgnode
