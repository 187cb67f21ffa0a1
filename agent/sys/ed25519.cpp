/// Signatures by libsodium.
#include "agent/sys/ed25519.hpp"

#include <span>

#include <sodium.h>

namespace kgnode::sys {

namespace {

std::string to_base64(std::span<const unsigned char> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  ::sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the zero at its end
  return text;
}

}  // namespace

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

std::optional<SignedBy> sign(std::string_view secret, std::string_view message) {
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> key{};
  std::size_t size = 0;
  const char* end = nullptr;
  const int decoded = ::sodium_base642bin(key.data(), key.size(), secret.data(), secret.size(),
                                          nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  std::optional<SignedBy> made;
  if (decoded == 0 && size == key.size() && end == secret.data() + secret.size()) {
    std::array<unsigned char, crypto_sign_BYTES> bytes{};
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> open{};
    ::crypto_sign_detached(bytes.data(), nullptr,
                           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                           key.data());
    ::crypto_sign_ed25519_sk_to_pk(open.data(), key.data());
    made = SignedBy{.key = to_base64(open), .bytes = to_base64(bytes)};
  }
  ::sodium_memzero(key.data(), key.size());
  return made;
}

}  // namespace kgnode::sys
