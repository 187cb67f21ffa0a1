/// Signatures by libsodium.
#include "agent/sys/ed25519.hpp"

#include <sodium.h>

namespace kgnode::sys {

static_assert(kSignatureSize == crypto_sign_BYTES);
static_assert(std::tuple_size_v<PublicKey> == crypto_sign_PUBLICKEYBYTES);

bool is_signed_by(const PublicKey& key, std::string_view message, std::string_view signature) {
  if (signature.size() != kSignatureSize) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  return ::crypto_sign_verify_detached(reinterpret_cast<const unsigned char*>(signature.data()),
                                       bytes, message.size(), key.data()) == 0;
}

std::optional<PublicKey> parse_public_key(std::string_view base64) {
  PublicKey key{};
  std::size_t size = 0;
  const char* end = nullptr;
  const int decoded = ::sodium_base642bin(key.data(), key.size(), base64.data(), base64.size(),
                                          nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  const bool whole = decoded == 0 && size == key.size() && end == base64.data() + base64.size();
  return whole ? std::optional(key) : std::nullopt;
}

}  // namespace kgnode::sys
