/// Sealed boxes by libsodium.
#include "agent/sys/sealed_box.hpp"

#include <array>
#include <vector>

#include <sodium.h>

#include "agent/base/scope_exit.hpp"
#include "agent/sys/base64.hpp"

namespace kgnode::sys {
namespace {

static_assert(std::tuple_size_v<PublicKey> == crypto_box_PUBLICKEYBYTES);
using SecretKey = std::array<unsigned char, crypto_box_SECRETKEYBYTES>;

std::string to_base64(const unsigned char* bytes, std::size_t size) {
  std::string text(sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  ::sodium_bin2base64(text.data(), text.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its end mark
  return text;
}

}  // namespace

Result<BoxKeys> make_box_keys() {
  PublicKey public_key{};
  SecretKey secret_key{};
  const ScopeExit forget([&secret_key] { sodium_memzero(secret_key.data(), secret_key.size()); });
  if (::crypto_box_keypair(public_key.data(), secret_key.data()) != 0)
    return fail(Error::plain("libsodium makes no keys"));
  auto text = to_base64(secret_key.data(), secret_key.size());
  return BoxKeys{.public_key = to_base64(public_key.data(), public_key.size()),
                 .secret_key = TRY(SecretBuffer::take(text))};
}

Result<std::string> seal_to_key(std::string_view secret, const PublicKey& key) {
  std::vector<unsigned char> box(secret.size() + crypto_box_SEALBYTES);
  const auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());
  if (::crypto_box_seal(box.data(), bytes, secret.size(), key.data()) != 0)
    return fail(Error::plain("nothing can be sealed to this public key"));
  return to_base64(box.data(), box.size());
}

Result<SecretBuffer> open_box(std::string_view sealed, const SecretBuffer& secret_key) {
  const auto box = from_base64(sealed);
  const auto key = parse_public_key(secret_key.view());  // of the same form
  if (!key) return fail(Error::plain("the key is not 32 bytes in base64"));
  if (!box || box->size() < crypto_box_SEALBYTES)
    return fail(Error::plain("this is no sealed secret"));
  auto own = *key;
  const ScopeExit forget([&own] { sodium_memzero(own.data(), own.size()); });
  PublicKey public_key{};
  if (::crypto_scalarmult_base(public_key.data(), own.data()) != 0)
    return fail(Error::plain("the key is none of X25519"));
  std::string secret(box->size() - crypto_box_SEALBYTES, '\0');
  if (::crypto_box_seal_open(reinterpret_cast<unsigned char*>(secret.data()),
                             reinterpret_cast<const unsigned char*>(box->data()), box->size(),
                             public_key.data(), own.data()) != 0)
    return fail(Error::plain("it was sealed to another key, or has changed"));
  return SecretBuffer::take(secret);
}

}  // namespace kgnode::sys
