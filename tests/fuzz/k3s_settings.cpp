/// Settings in files that K3s writes: each has a name and a value, and no key of the encryption is
/// among them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "k3s/cis/cis.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  const std::string text{reinterpret_cast<const char*>(data), size};
  if (const auto settings = k3s::cis_settings(std::array{text})) {
    for (const auto& one : *settings) {
      if (!one.contains('=')) std::abort();
    }
  }
  if (const auto providers = k3s::cis_encryption(text)) {
    for (const auto& one : *providers) {
      if (!one.starts_with("encryption-config.provider=")) std::abort();
    }
  }
  return 0;
}
