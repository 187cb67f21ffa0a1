#pragma once
/// SHA-256 by libsodium.
#include <string>
#include <string_view>

namespace kgnode::sys {
std::string sha256_hex(std::string_view bytes);
std::string sha256(std::string_view bytes);  // 32 of them
}  // namespace kgnode::sys
