/// Files of block devices by number, and udev's database by sd-device.
#include "agent/sys/device_files.hpp"

#include <sys/stat.h>

#include <format>

#include <systemd/sd-device.h>

#include "agent/base/handle.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

constexpr int kDepth = 2;                   // /dev/mapper/NAME is the deepest that holds nodes
constexpr std::size_t kFilesMax = 100'000;  // a folder that grows without end is not /dev

using DevicePtr = Handle<sd_device, sd_device_unref>;
using Paths = std::map<dev_t, std::vector<std::string>>;

struct Walk {
  const NumberOf& number_of;
  dev_t file_system = 0;
  std::size_t left = kFilesMax;
  Paths found;
};

// NOLINTNEXTLINE(misc-no-recursion): as deep as kDepth
void walk(Walk& state, const std::string& folder, int depth) {
  RealFiles files;
  const auto names = files.list(folder);
  if (!names) return;  // what is in there has no file we could use
  for (const auto& name : *names) {
    const auto path = std::format("{}/{}", folder, name);
    struct stat status{};
    if (state.left == 0 || ::lstat(path.c_str(), &status) < 0 || S_ISLNK(status.st_mode)) continue;
    --state.left;
    if (S_ISDIR(status.st_mode)) {
      if (depth > 1 && status.st_dev == state.file_system) walk(state, path, depth - 1);
    } else if (const auto number = state.number_of(path)) {
      state.found[*number].push_back(path);
    }
  }
}

}  // namespace

std::optional<dev_t> read_block_number(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) < 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
  return status.st_rdev;
}

Paths list_device_files(const std::string& folder, const NumberOf& number_of) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) < 0) return {};
  Walk state{.number_of = number_of, .file_system = status.st_dev};
  walk(state, folder, kDepth);
  return std::move(state.found);
}

Paths list_device_links(const std::string& folder, const NumberOf& number_of) {
  RealFiles files;
  Paths found;
  const auto names = files.list(folder);
  if (!names) return found;
  for (const auto& name : *names) {
    if (const auto number = number_of(std::format("{}/{}", folder, name)))
      found[*number].push_back(name);
  }
  return found;
}

std::map<std::string, std::string> read_udev_properties(dev_t number) {
  std::map<std::string, std::string> properties;
  sd_device* raw = nullptr;
  if (sd_device_new_from_devnum(&raw, 'b', number) < 0) return properties;
  const DevicePtr device(raw);
  const char* value = nullptr;
  for (const char* key = sd_device_get_property_first(device.get(), &value); key != nullptr;
       key = sd_device_get_property_next(device.get(), &value)) {
    if (value != nullptr) properties[key] = value;
  }
  return properties;
}

}  // namespace kgnode::sys
