/// user_data: no input may crash it or get around its limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/firstboot/parse_cloud_config.hpp"
#include "agent/firstboot/parse_user_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace kgnode::firstboot;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  Notes notes;
  const auto data = parse_user_data(text, "fuzz", notes);
  for (const auto& file : data.files) {
    if (refuse_path(file.path)) std::abort();
  }
  return 0;
}
