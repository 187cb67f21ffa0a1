/// The dates of a certificate, and none of anything else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "k3s/day2/validity.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)kgnode::k3s::parse_validity({reinterpret_cast<const char*>(data), size});
  return 0;
}
