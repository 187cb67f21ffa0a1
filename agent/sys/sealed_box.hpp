#pragma once
/// Secrets sealed to a public key that only its owner can open: X25519 and XSalsa20-Poly1305 by
/// libsodium (crypto_box_seal).
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/ed25519.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::sys {

/// Both as Base64.
struct BoxKeys {
  std::string public_key;
  SecretBuffer secret_key;
};
Result<BoxKeys> make_box_keys();

/// Bytes of any size; what comes out is 48 longer.
Result<std::string> seal_bytes(std::string_view bytes, const PublicKey& key);
/// An Error when it was sealed to another key, or has changed.
Result<std::string> open_bytes(std::string_view box, const SecretBuffer& secret_key);

/// The same for a secret, as Base64.
Result<std::string> seal_to_key(std::string_view secret, const PublicKey& key);
Result<SecretBuffer> open_box(std::string_view sealed, const SecretBuffer& secret_key);

}  // namespace kgnode::sys
