/// SHA-256 by libsodium.
#include "agent/sys/sha256.hpp"

#include <array>
#include <format>

#include <sodium.h>

namespace kgnode::sys {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  (void)crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                           bytes.size());  // always 0, sodium(3)
  std::string hex;
  for (const auto byte : digest) hex += std::format("{:02x}", byte);
  return hex;
}

}  // namespace kgnode::sys
