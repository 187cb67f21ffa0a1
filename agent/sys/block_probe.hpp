#pragma once
/// Volumes and their labels by libblkid; nothing is mounted.
#include <string>
#include <vector>

namespace kgnode::sys {

struct Volume {
  std::string device;
  std::string type;   // as libblkid names it: "iso9660", "vfat"
  std::string label;  // as it is on the device
  bool operator==(const Volume&) const = default;
};

/// Every block device below `folder` with a file system libblkid knows. What cannot be opened or
/// read is skipped: a container sees devices it has no right to.
std::vector<Volume> list_volumes(const std::string& folder = "/dev");

}  // namespace kgnode::sys
