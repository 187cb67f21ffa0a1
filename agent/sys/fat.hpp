#pragma once
/// Files of a FAT volume by mtools, a child process: a hostile image never meets the kernel's own
/// parser.
#include <functional>
#include <optional>
#include <string>

#include "agent/base/result.hpp"
#include "agent/sys/process.hpp"

namespace kgnode::sys {

/// nullopt: no such file.
Result<std::optional<std::string>> read_fat_file(const std::function<Result<Output>(Command)>& run,
                                                 const std::string& device,
                                                 const std::string& name);

}  // namespace kgnode::sys
