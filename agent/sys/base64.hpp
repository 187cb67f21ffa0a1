#pragma once
/// Base64 by libsodium.
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::sys {

/// Standard Base64 with its padding, on any number of lines; nullopt: it is none.
std::optional<std::string> from_base64(std::string_view text);
/// On one line, with its padding.
std::string to_base64(std::string_view bytes);

}  // namespace kgnode::sys
