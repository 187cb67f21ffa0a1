/// A key that parses prints as one line that parses to the same key.
#include "agent/base/ssh_key.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto key = kgnode::parse_ssh_key(text);
  if (!key) return 0;
  const std::string line = kgnode::to_string(*key);
  if (line.contains('\n')) std::abort();
  const auto again = kgnode::parse_ssh_key(line);
  if (!again || *again != *key) std::abort();
  return 0;
}
