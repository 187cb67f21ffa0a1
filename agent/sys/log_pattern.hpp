#pragma once
/// Paths of log files with *, ? and [...] in their components.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct LogPattern {
  std::string folder;                   // up to the first component that is not literal
  std::vector<std::string> components;  // the rest; at least the name of the file
};

/// Refuses what is not an absolute path to a file.
Result<LogPattern> make_log_pattern(std::string_view text);
bool is_match(const LogPattern& pattern, std::string_view path);

struct PatternVisitor {
  /// A folder on the way, before it is read; false leaves it out. When the pattern's own folder
  /// does not exist it is the nearest one above.
  std::function<bool(int folder, const std::string& path)> enter;
  /// A path that matches; it need not exist when the name is literal.
  std::function<void(std::string path)> found;
};

/// Links are followed in the literal part only: what a pattern finds may be anybody's.
void visit_matches(const LogPattern& pattern, const PatternVisitor& visitor);

/// Names in a folder, without "." and "..", at most some thousands.
std::vector<std::string> list_names(int folder);

}  // namespace kgnode::sys
