/// Files of a FAT volume by mtools.
#include "agent/sys/fat.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 20;

}  // namespace

Result<std::optional<std::string>> read_fat_file(const std::function<Result<Output>(Command)>& run,
                                                 const std::string& device,
                                                 const std::string& name) {
  auto output =
      TRY(run({.argv = {"/usr/bin/mtype", "-i", device, "::/" + name}, .output_cap = kFileLimit}));
  if (output.status == 0) return std::move(output.out);
  // mtools has one exit code for everything; these are its words for an absent file or folder.
  if (output.err.contains("not found") || output.err.contains("does not exist"))
    return std::nullopt;
  const auto why = trim(output.err);
  return fail(Error::plain(
      std::format("{} on {} cannot be read: {}", name, device, quote(why.substr(0, 200)))));
}

}  // namespace kgnode::sys
