#pragma once
/// Signatures by libsodium (RFC 8032).
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::sys {

constexpr std::size_t kSignatureSize = 64;
using PublicKey = std::array<unsigned char, 32>;

bool is_signed_by(const PublicKey& key, std::string_view message, std::string_view signature);
/// Standard Base64 with its padding.
std::optional<PublicKey> parse_public_key(std::string_view base64);

struct SignedBy {
  std::string key;    // the public one, Base64
  std::string bytes;  // Base64
};
/// `secret` is the 64 bytes that libsodium calls a secret key, as Base64; nullopt: it is none.
std::optional<SignedBy> sign(std::string_view secret, std::string_view message);

}  // namespace kgnode::sys
