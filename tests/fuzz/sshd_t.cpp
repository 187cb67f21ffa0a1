/// parse_sshd: keywords come out in lower case, without blanks and without comments.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/base/text.hpp"
#include "hardening/ssh/parse_sshd.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& [option, values] : kgnode::hardening::parse_sshd_options(text)) {
    if (option.empty() || values.empty() || option != kgnode::to_lower(option)) std::abort();
  }
  for (const auto& [keyword, value] : kgnode::hardening::parse_sshd_config(text)) {
    if (keyword.starts_with('#') || keyword.contains(' ') || value.contains('\n')) std::abort();
  }
  return 0;
}
