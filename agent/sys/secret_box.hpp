#pragma once
/// Short messages among those who know one password: sealed and authenticated by libsodium
/// (XSalsa20-Poly1305).
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::sys {

/// The key of one purpose from a password that is random already, as join tokens are: BLAKE2b, no
/// stretching.
Result<SecretBuffer> derive_key(std::string_view password, std::string_view purpose);

std::string seal(const SecretBuffer& key, std::string_view message);
/// nullopt: sealed with another key, changed, or too short.
std::optional<std::string> open_sealed(const SecretBuffer& key, std::string_view sealed);

/// Not to be guessed, in hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace kgnode::sys
