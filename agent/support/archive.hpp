#pragma once
/// Files as one tar archive (POSIX ustar); the same files give the same bytes.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::support {

struct Entry {
  std::string name;  // below the archive's folder, at most 100 bytes with it
  std::string text;
};

/// All below `folder`, readable by their owner only.
Result<std::string> make_tar(const std::string& folder, const std::vector<Entry>& entries,
                             std::chrono::system_clock::time_point made);

/// The end of a log, or the beginning of all else, in whole lines where it has any. True: something
/// was cut.
bool keep_end(std::string& text, std::size_t limit);
bool keep_begin(std::string& text, std::size_t limit);

}  // namespace kgnode::support
