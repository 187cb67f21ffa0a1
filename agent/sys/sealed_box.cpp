/// Sealed boxes by libsodium.
#include "agent/sys/sealed_box.hpp"

#include <array>

#include <sodium.h>

#include "agent/base/scope_exit.hpp"
#include "agent/sys/base64.hpp"

namespace kgnode::sys {
namespace {

static_assert(std::tuple_size_v<PublicKey> == crypto_box_PUBLICKEYBYTES);
using SecretKey = std::array<unsigned char, crypto_box_SECRETKEYBYTES>;

std::string_view view_of(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

Result<BoxKeys> make_box_keys() {
  PublicKey public_key{};
  SecretKey secret_key{};
  const ScopeExit forget([&secret_key] { sodium_memzero(secret_key.data(), secret_key.size()); });
  if (::crypto_box_keypair(public_key.data(), secret_key.data()) != 0)
    return fail(Error::plain("libsodium makes no keys"));
  auto text = to_base64(view_of(secret_key.data(), secret_key.size()));
  return BoxKeys{.public_key = to_base64(view_of(public_key.data(), public_key.size())),
                 .secret_key = TRY(SecretBuffer::take(text))};
}

Result<std::string> seal_bytes(std::string_view bytes, const PublicKey& key) {
  std::string box(bytes.size() + crypto_box_SEALBYTES, '\0');
  if (::crypto_box_seal(reinterpret_cast<unsigned char*>(box.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                        key.data()) != 0)
    return fail(Error::plain("nothing can be sealed to this public key"));
  return box;
}

Result<std::string> open_bytes(std::string_view box, const SecretBuffer& secret_key) {
  const auto key = parse_public_key(secret_key.view());  // of the same form
  if (!key) return fail(Error::plain("the key is not 32 bytes in base64"));
  if (box.size() < crypto_box_SEALBYTES) return fail(Error::plain("this is no sealed secret"));
  auto own = *key;
  const ScopeExit forget([&own] { sodium_memzero(own.data(), own.size()); });
  PublicKey public_key{};
  if (::crypto_scalarmult_base(public_key.data(), own.data()) != 0)
    return fail(Error::plain("the key is none of X25519"));
  std::string bytes(box.size() - crypto_box_SEALBYTES, '\0');
  if (::crypto_box_seal_open(reinterpret_cast<unsigned char*>(bytes.data()),
                             reinterpret_cast<const unsigned char*>(box.data()), box.size(),
                             public_key.data(), own.data()) != 0)
    return fail(Error::plain("it was sealed to another key, or has changed"));
  return bytes;
}

Result<std::string> seal_to_key(std::string_view secret, const PublicKey& key) {
  return to_base64(TRY(seal_bytes(secret, key)));
}

Result<SecretBuffer> open_box(std::string_view sealed, const SecretBuffer& secret_key) {
  const auto box = from_base64(sealed);
  if (!box) return fail(Error::plain("this is no sealed secret"));
  auto secret = TRY(open_bytes(*box, secret_key));
  return SecretBuffer::take(secret);
}

}  // namespace kgnode::sys
