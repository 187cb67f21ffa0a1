#pragma once
/// The table log_lines.tsv as text.
#include <string_view>

namespace kgnode::k3s {
std::string_view log_lines_table();
}
