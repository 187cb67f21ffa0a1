/// How the data disk is, beyond what a step can mend.
#include <format>

#include "agent/base/text.hpp"
#include "storage/storage.hpp"

namespace kgnode::storage {
namespace {

using core::Finding;

// Longhorn stops placing replicas on a disk with less than a quarter free by default.
constexpr std::uint64_t kLowPercent = 10;

void add_space(std::vector<Finding>& all, const sys::Space& space) {
  if (!space.trouble.empty()) {
    all.push_back({.id = "storage.io_error",
                   .text = std::format("{} cannot be read: {}", kMountPoint, space.trouble),
                   .remedy = "see journalctl -k for the device; restore the volume"});
  }
  if (space.read_only) {
    all.push_back(
        {.id = "storage.read_only",
         .text = std::format("{} is read-only, which the kernel does after an error", kMountPoint),
         .remedy = "see journalctl -k, then repair the file system and reboot"});
  }
  if (space.total > 0 && space.available < space.total / 100 * kLowPercent) {
    all.push_back({.id = "storage.full",
                   .text = std::format("{} has {} of {} left", kMountPoint,
                                       show_size(space.available), show_size(space.total)),
                   .remedy = "enlarge the volume; it is grown online"});
  }
}

}  // namespace

std::vector<Finding> Storage::findings(const Desired& want, const Observed& have) {
  std::vector<Finding> all;
  if (!want.disk) return all;
  if (have.space) add_space(all, *have.space);
  for (const auto& device : have.devices) {
    if (device.kind != sys::DeviceKind::disk || device.unreadable.empty()) continue;
    all.push_back({.id = "storage.unreadable." + device.name,
                   .kind = core::FindingKind::unknown,
                   .text = std::format("{} could not be read: {}", describe(device),
                                       printable(device.unreadable)),
                   .remedy = "see journalctl -k for the device"});
  }
  return all;
}

}  // namespace kgnode::storage
