/// SHA-256 by libsodium.
#include "agent/sys/sha256.hpp"

#include <format>

#include <sodium.h>

namespace kgnode::sys {

std::string sha256(std::string_view bytes) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  (void)crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                           reinterpret_cast<const unsigned char*>(bytes.data()),
                           bytes.size());  // always 0, sodium(3)
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : sha256(bytes))
    hex += std::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

}  // namespace kgnode::sys
