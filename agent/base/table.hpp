#pragma once
/// Tables of tab-separated cells under a header line. Strict: a line that says less than the header
/// asks for is an error, because a setting without its reason cannot be judged later.
#include <span>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode {

using TableRow = std::vector<std::string_view>;

/// The first line must name exactly `columns`; every further line has as many cells, none empty and
/// none with blanks around it ("-" says nothing on purpose).
Result<std::vector<TableRow>> parse_table(std::string_view text,
                                          std::span<const std::string_view> columns);

}  // namespace kgnode
