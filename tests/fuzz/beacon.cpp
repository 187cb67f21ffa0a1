/// What one who has the key may send: it is whole or nothing, and no text is raw.
#include "agent/peers/beacon.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "agent/base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  const auto beacon = peers::parse_beacon({reinterpret_cast<const char*>(data), size});
  if (!beacon) return 0;
  if (beacon->report.name.empty() || beacon->number < 0 || beacon->held.count() < 0) std::abort();
  for (const auto& text : {beacon->report.name, beacon->report.phase, beacon->report.reason}) {
    if (printable(text) != text) std::abort();
  }
  for (const auto& trouble : beacon->report.troubles) {
    if (printable(trouble.text) != trouble.text) std::abort();
  }
  return 0;
}
