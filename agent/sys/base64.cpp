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

}  // namespace kgnode::sys
