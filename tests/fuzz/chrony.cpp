/// What chronyc prints: names come out printable, and a limited number of them.
#include "agent/base/chrony.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto seen = kgnode::parse_chrony({reinterpret_cast<const char*>(data), size});
  if (!seen) return 0;
  if (seen->sources.size() > 64) std::abort();
  for (const auto& source : seen->sources) {
    if (kgnode::printable(source.name) != source.name) std::abort();
  }
  if (!seen->synchronised && !seen->source.empty()) std::abort();
  return 0;
}
