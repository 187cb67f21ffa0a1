/// Paths of log files with wildcards.
#include "agent/sys/log_pattern.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>

#include <algorithm>

#include "agent/base/handle.hpp"
#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kMaxNames = 10'000;
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

bool is_literal(std::string_view component) {
  return component.find_first_of("*?[") == std::string_view::npos;
}

bool is_component_match(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join_path(const std::string& folder, const std::string& name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

struct Walk {
  const LogPattern& pattern;
  const PatternVisitor& visitor;

  void visit(int folder, const std::string& path, std::size_t depth) const {
    if (!visitor.enter(folder, path)) return;
    const auto& component = pattern.components[depth];
    std::vector<std::string> names{component};
    if (!is_literal(component)) names = list_names(folder);
    const bool last = depth + 1 == pattern.components.size();
    for (const auto& name : names) {
      if (!is_component_match(component, name)) continue;
      if (last) {
        visitor.found(join_path(path, name));
      } else {
        descend(folder, join_path(path, name), depth);
      }
    }
  }

  void descend(int folder, const std::string& path, std::size_t depth) const {
    const std::string name = path.substr(path.rfind('/') + 1);
    const UniqueFd below(::openat(folder, name.c_str(), kFolder | O_NOFOLLOW));
    if (below) visit(below.get(), path, depth + 1);
  }
};

}  // namespace

Result<LogPattern> make_log_pattern(std::string_view text) {
  if (!text.starts_with('/') || text.ends_with('/'))
    return fail(Error::plain("the log path " + quote(text) + " is not the full path of a file"));
  LogPattern pattern;
  const auto parts = split(text.substr(1), '/');
  const auto first_open = std::ranges::find_if_not(parts.begin(), parts.end() - 1, is_literal);
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    if (part->empty() || *part == "." || *part == "..") {
      return fail(
          Error::plain("the log path " + quote(text) + " has an empty or dotted component"));
    }
    if (part < first_open) {
      pattern.folder += "/" + std::string(*part);
    } else {
      pattern.components.emplace_back(*part);
    }
  }
  if (pattern.folder.empty()) pattern.folder = "/";
  return pattern;
}

bool is_match(const LogPattern& pattern, std::string_view path) {
  const std::string folder = pattern.folder == "/" ? "/" : pattern.folder + "/";
  if (!path.starts_with(folder)) return false;
  const auto parts = split(path.substr(folder.size()), '/');
  return std::ranges::equal(parts, pattern.components, [](std::string_view part, const auto& want) {
    return is_component_match(want, std::string(part));
  });
}

void visit_matches(const LogPattern& pattern, const PatternVisitor& visitor) {
  std::string path = pattern.folder;
  UniqueFd folder(::open(path.c_str(), kFolder));
  if (folder) {
    Walk{pattern, visitor}.visit(folder.get(), path, 0);
    return;
  }
  while (!folder && path != "/") {
    path = parent_of(path);
    folder.reset(::open(path.c_str(), kFolder));
  }
  if (folder) (void)visitor.enter(folder.get(), path);  // there is nothing further to leave out
}

std::vector<std::string> list_names(int folder) {
  std::vector<std::string> names;
  // A descriptor of its own: readdir moves the place in the folder.
  UniqueFd own(::openat(folder, ".", kFolder));
  const Handle<DIR, ::closedir> stream(own ? ::fdopendir(own.get()) : nullptr);
  if (!stream) return names;
  (void)own.release();  // the stream closes it
  while (names.size() < kMaxNames) {
    const dirent* entry = ::readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): one thread
    if (entry == nullptr) break;
    const std::string name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..") names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace kgnode::sys
