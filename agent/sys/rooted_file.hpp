#pragma once
/// Files written below a folder without ever following a symbolic link.
#include <sys/types.h>

#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct RootedFile {
  std::string path;  // below the root, with or without a leading slash
  std::string_view content;
  mode_t mode = 0644;
  bool replace = true;  // false: one that is there stays
};

/// Missing folders are made (0755); the file is replaced whole. False: it was there and stays.
Result<bool> write_beneath(const std::string& root, const RootedFile& file);

}  // namespace kgnode::sys
