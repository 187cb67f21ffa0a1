#pragma once
/// Mount tables of processes by libmount.
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct Mount {
  dev_t number = 0;    // major 0 where the file system hides its devices, as btrfs does
  std::string source;  // as who mounted it named it
  std::string target;
  std::string options;      // of this mount, not of the file system: "rw,noexec,relatime"
  std::string propagation;  // "shared", "private", "slave" or "unbindable"
};

/// In the order they were made. nullopt: the process is gone, or has no mounts any more.
Result<std::optional<std::vector<Mount>>> read_mounts(const std::string& mountinfo);

}  // namespace kgnode::sys
