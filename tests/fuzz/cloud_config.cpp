/// cloud_config: no input may crash it or get around its limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/firstboot/parse_cloud_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace kgnode::firstboot;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  Notes notes;
  UserData data;
  parse_cloud_config(text, "fuzz", data, notes);
  for (const auto& file : data.files) {
    if (refuse_path(file.path) || file.mode > 0777) std::abort();
  }
  return 0;
}
