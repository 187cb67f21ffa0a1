/// What there is: disks, units, the mount.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "storage/storage.hpp"

namespace kgnode::storage {
namespace {

/// A rescue system says so somewhere; its disks are other people's, in another order.
Result<std::string> find_rescue(sys::Files& files) {
  constexpr std::string_view kRescue = "rescue";
  const auto command_line = TRY(files.read("/proc/cmdline")).value_or("");
  for (const auto word : split_words(trim(command_line))) {
    if (word == "single" || word == "emergency" || word.contains(kRescue))
      return std::format("{} on the kernel's command line", quote(printable(word)));
  }
  const auto release = TRY(files.read("/etc/os-release")).value_or("");
  for (const auto line : split(release, '\n')) {
    if (to_lower(line).contains(kRescue))
      return std::format("{} in /etc/os-release", quote(printable(trim(line))));
  }
  const auto host = TRY(files.read("/proc/sys/kernel/hostname")).value_or("");
  if (to_lower(host).starts_with(kRescue))
    return std::format("its host name is {}", quote(printable(trim(host))));
  return std::string();
}

}  // namespace

Task<Result<Storage::Observed>> Storage::observe(const Desired& want) {
  want_ = want;
  seen_ = {};
  if (!want.disk) co_return Observed{};
  auto seen = read(want);
  if (!seen) co_return fail(std::move(seen).error());
  auto state = co_await units_.state(std::string(kUnit));
  if (!state) co_return fail(std::move(state).error());
  seen->unit_state = *std::move(state);
  seen->health = co_await health_.look(seen->devices);
  seen_ = *seen;
  co_return *std::move(seen);
}

Result<Storage::Observed> Storage::read(const Desired& want) {
  Observed seen{.devices = TRY(disks_.list()),
                .space = TRY(disks_.space(std::string(kMountPoint))),
                .rescue = TRY(find_rescue(files_)),
                .approved = approved_};
  for (const auto& [path, text] : unit_files(want)) seen.files[path] = TRY(files_.read(path));
  if (!seen.space) seen.beneath = TRY(files_.list(std::string(kMountPoint)));
  return seen;
}

}  // namespace kgnode::storage
