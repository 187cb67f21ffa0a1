/// The head of an update: whatever the bytes, a manifest that is taken fits together.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/slots/bundle.hpp"
#include "agent/slots/entries.hpp"
#include "agent/slots/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::slots;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = parse_manifest(text)) {
    for (const auto* part : {&manifest->root, &manifest->verity, &manifest->kernel}) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < part->chunks.size(); ++i) sum += part->size_of(i);
      if (sum != part->size) std::abort();
    }
  }
  (void)parse_keys(text);
  if (const auto entry = parse_entry(text)) {
    if (parse_entry(to_file(*entry)) != entry) std::abort();
  }
  return 0;
}
