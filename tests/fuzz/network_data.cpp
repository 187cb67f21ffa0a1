/// network_data: no input may crash it or get around its limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/firstboot/networkd.hpp"
#include "agent/firstboot/parse_network_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace kgnode::firstboot;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  Notes notes;
  if (const auto network = parse_network_data(text, "fuzz", notes)) {
    // Whatever comes in, no line of a file may come from outside.
    for (const auto& file : network_files(*network, {.from = "fuzz"}, notes)) {
      if (file.path.contains("..") || file.path.contains('\n')) std::abort();
    }
  }
  return 0;
}
