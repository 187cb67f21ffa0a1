/// parse_network_config: no input may crash it or get around its limits.
#include "agent/firstboot/parse_network_config.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace kgnode::firstboot;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  Notes notes;
  (void)parse_network_config(text, "fuzz", notes);  // only that it comes back
  return 0;
}
