/// crypto_secretbox and what belongs to it.
#include "agent/sys/secret_box.hpp"

#include <format>

#include <sodium.h>

namespace kgnode::sys {
namespace {

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<SecretBuffer> derive_key(std::string_view password, std::string_view purpose) {
  if (::sodium_init() < 0) return fail(Error::plain("libsodium cannot be used"));
  std::string key(crypto_secretbox_KEYBYTES, '\0');
  // The purpose is the message and the password the key: another purpose, another key.
  std::string hashed(crypto_generichash_BYTES, '\0');
  ::crypto_generichash(bytes(hashed), hashed.size(), bytes(password), password.size(), nullptr, 0);
  ::crypto_generichash(bytes(key), key.size(), bytes(purpose), purpose.size(), bytes(hashed),
                       hashed.size());
  wipe(hashed);
  return SecretBuffer::take(key);
}

std::string seal(const SecretBuffer& key, std::string_view message) {
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + message.size(),
                     '\0');
  ::randombytes_buf(sealed.data(), crypto_secretbox_NONCEBYTES);
  ::crypto_secretbox_easy(bytes(sealed) + crypto_secretbox_NONCEBYTES, bytes(message),
                          message.size(), bytes(sealed), bytes(key.view()));
  return sealed;
}

std::optional<std::string> open_sealed(const SecretBuffer& key, std::string_view sealed) {
  constexpr std::size_t kExtra = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() < kExtra) return std::nullopt;
  std::string message(sealed.size() - kExtra, '\0');
  const auto box = sealed.substr(crypto_secretbox_NONCEBYTES);
  const int opened = ::crypto_secretbox_open_easy(bytes(message), bytes(box), box.size(),
                                                  bytes(sealed), bytes(key.view()));
  if (opened != 0) return std::nullopt;
  return message;
}

std::string random_hex(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += std::format("{:02x}", ::randombytes_uniform(256));
  return text;
}

}  // namespace kgnode::sys
