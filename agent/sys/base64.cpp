/// Base64 by libsodium.
#include "agent/sys/base64.hpp"

#include <sodium.h>

namespace kgnode::sys {

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const int decoded =
      ::sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), " \r\n", &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (decoded != 0) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  ::sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its end mark
  return text;
}

}  // namespace kgnode::sys
