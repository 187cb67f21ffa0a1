#pragma once
/// Block devices as sysfs has them, and their names: who they are, before anybody reads what is on
/// them.
#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/device_files.hpp"
#include "agent/sys/disks.hpp"

namespace kgnode::sys {

/// Where to look; tests have folders of their own.
struct DiskSources {
  std::string sys = "/sys";
  std::string dev = "/dev";
  std::string proc = "/proc";
  NumberOf number_of = read_block_number;
  std::function<std::map<std::string, std::string>(dev_t)> udev = read_udev_properties;
};

struct KnownDevice {
  BlockDevice block;
  dev_t number = 0;
  std::string folder;  // in sysfs
  std::uint64_t sequence =
      0;                     // of this disk since boot: a name comes back, this never; 0: not known
  std::string mounted_here;  // where in our own mount namespace; empty: nowhere
};

/// Sorted by kernel name. A loop device that has no file behind it is not there; nor is what
/// vanishes while it is read.
Result<std::vector<KnownDevice>> list_block_devices(const DiskSources& sources);

/// "8:16"; 0 when it is not that.
dev_t parse_device_number(std::string_view text);

}  // namespace kgnode::sys
