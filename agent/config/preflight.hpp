#pragma once
/// What is refused before a TOML parser sees it.
#include <string_view>

#include "agent/config/diagnostic.hpp"

namespace kgnode::config {

constexpr std::size_t kMaxText = std::size_t{256} << 10;

/// Size, encoding, bytes that no text has, and nesting: the parser and the destructors of its
/// tables recurse once for every part of a dotted key.
void check_text(std::string_view text, Problems& problems);

}  // namespace kgnode::config
