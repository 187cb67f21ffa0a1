/// Volumes and their labels by libblkid.
#include "agent/sys/block_probe.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <format>
#include <optional>

#include <blkid/blkid.h>

#include "agent/base/handle.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kVolumesMax = 256;

void close_dir(DIR* directory) { ::closedir(directory); }
using DirPtr = Handle<DIR, close_dir>;
using ProbePtr = Handle<std::remove_pointer_t<blkid_probe>, blkid_free_probe>;

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const DirPtr directory(::opendir(folder.c_str()));
  if (!directory) return names;
  // One reader, one stream: readdir(3) is safe then.
  while (const dirent* entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

std::string value_of(blkid_probe probe, const char* name) {
  const char* text = nullptr;
  if (blkid_probe_lookup_value(probe, name, &text, nullptr) != 0 || text == nullptr) return {};
  return text;
}

std::optional<Volume> probe_device(const std::string& path) {
  // Without O_NONBLOCK an optical drive waits for a medium.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) < 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
  const ProbePtr probe(blkid_new_probe());
  if (!probe || blkid_probe_set_device(probe.get(), fd.get(), 0, 0) != 0) return std::nullopt;
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_LABEL | BLKID_SUBLKS_TYPE);
  if (blkid_do_safeprobe(probe.get()) != 0) return std::nullopt;
  return Volume{.device = path,
                .type = value_of(probe.get(), "TYPE"),
                .label = value_of(probe.get(), "LABEL")};
}

}  // namespace

std::vector<Volume> list_volumes(const std::string& folder) {
  std::vector<Volume> found;
  for (const auto& name : names_in(folder)) {
    const auto path = std::format("{}/{}", folder, name);
    struct stat status{};
    if (::lstat(path.c_str(), &status) < 0 || !S_ISBLK(status.st_mode)) continue;
    if (auto volume = probe_device(path)) found.push_back(*std::move(volume));
    if (found.size() >= kVolumesMax) break;
  }
  return found;
}

}  // namespace kgnode::sys
