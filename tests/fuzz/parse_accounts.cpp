/// parse_accounts: member names come out whole.
#include "hardening/ssh/parse_accounts.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)kgnode::hardening::has_account(text, "admin");
  for (const auto& name : kgnode::hardening::parse_group_members(text, "kgnode-ssh")) {
    if (name.empty() || name.contains(',') || name.contains(':')) std::abort();
  }
  return 0;
}
