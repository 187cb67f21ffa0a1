/// parse_host: no package without a name, no initiator name that is none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/longhorn/parse_host.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& name : kgnode::storage::parse_installed_packages(text)) {
    if (name.empty() || name.contains('\n')) std::abort();
  }
  for (const auto& [key, value] : kgnode::storage::parse_nfs_config(text)) {
    if (value != 'y' && value != 'm') std::abort();
  }
  (void)kgnode::storage::parse_nfs_versions(text);
  const auto name = kgnode::storage::parse_initiator_name(text);
  if (name && (name->size() < 4 || name->contains(' '))) std::abort();
  return 0;
}
