/// What the kernel and the boot-time file say.
#include "hardening/sysctl/sysctl.hpp"

namespace kgnode::hardening {

Result<Sysctl::Observed> Sysctl::read_all(const Desired& want) {
  Observed have{.owned = owned_.of(kName), .refused = refused_};
  auto keys = have.owned;
  for (const auto& [key, setting] : want.settings) keys.try_emplace(key);
  for (const auto& [key, ignored] : keys) {
    if (auto value = TRY(proc_sys_.read(key)))
      have.current[key] = {.value = *std::move(value), .writable = proc_sys_.is_writable(key)};
  }
  have.file = TRY(files_.read(std::string(kFile), sys::Files::kReadLimit));
  return have;
}

Task<Result<Sysctl::Observed>> Sysctl::observe(const Desired& want) { co_return read_all(want); }

}  // namespace kgnode::hardening
