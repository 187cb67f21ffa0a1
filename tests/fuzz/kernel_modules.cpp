/// Module names come out without a dash and without a path.
#include "agent/base/kernel_modules.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& name : kgnode::parse_module_files(text)) {
    if (name.empty() || name.contains('/') || name.contains('-')) std::abort();
  }
  for (const auto& name : kgnode::parse_proc_modules(text)) {
    if (name.empty() || name.contains(' ') || name.contains('\n')) std::abort();
  }
  return 0;
}
