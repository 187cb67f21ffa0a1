/// What is loaded, built in or not there, and what our two files say.
#include <algorithm>

#include "agent/base/kernel_modules.hpp"
#include "agent/base/text.hpp"
#include "hardening/modules/modules.hpp"

namespace kgnode::hardening {
namespace {

// modules.dep of a distribution kernel is about 700 KB.
constexpr std::size_t kListLimit = std::size_t{16} << 20;

}  // namespace

Result<Modules::Observed> Modules::read_all(const Desired& want) {
  const auto text = [this](const std::string& path) -> Result<std::string> {
    return TRY(files_.read(path, kListLimit)).value_or("");
  };
  Observed have{.refused = refused_};
  have.deny_file = TRY(files_.read(std::string(kDenyFile), sys::Files::kReadLimit));
  have.preload_file = TRY(files_.read(std::string(kPreloadFile), sys::Files::kReadLimit));
  have.release = trim(TRY(text("/proc/sys/kernel/osrelease")));
  const std::string folder = "/lib/modules/" + have.release;
  have.loaded = parse_proc_modules(TRY(text("/proc/modules")));
  have.builtin = parse_module_files(TRY(text(folder + "/modules.builtin")));

  std::set<std::string> absent;
  for (const auto& [name, rule] : want.preload) {
    const auto normal = module_name(name);
    if (!have.loaded.contains(normal) && !have.builtin.contains(normal)) absent.insert(normal);
  }
  if (absent.empty()) return have;
  const auto loadable = parse_module_files(TRY(text(folder + "/modules.dep")));
  std::ranges::set_difference(absent, loadable, std::inserter(have.missing, have.missing.end()));
  return have;
}

Task<Result<Modules::Observed>> Modules::observe(const Desired& want) { co_return read_all(want); }

}  // namespace kgnode::hardening
