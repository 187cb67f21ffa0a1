/// inotify on files and on the directories that hold them.
#include "agent/sys/watcher.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <format>
#include <utility>

namespace kgnode::sys {
namespace {

constexpr std::uint32_t kFileEvents = IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kDirectoryEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

/// Empty: there is none above.
std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// The path itself or a directory above it.
bool holds(const std::set<std::string>& changed, std::string path) {
  for (; !path.empty(); path = directory_of(path)) {
    if (changed.contains(path)) return true;
  }
  return false;
}

}  // namespace

Result<Watcher> Watcher::make() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return fail(Error::from_errno("start inotify"));
  return Watcher(std::move(fd));
}

void Watcher::watch(const std::string& owner, const std::vector<std::string>& paths) {
  paths_[owner] = paths;
  for (const auto& path : paths) add(path);
}

void Watcher::add(const std::string& path) {
  // Absent is fine: the directory tells when it appears.
  const int id = ::inotify_add_watch(fd_.get(), path.c_str(), kFileEvents);
  if (id >= 0) watches_[id] = {path, false};
  // Directories of /proc do not report; its files are never replaced.
  if (path.starts_with("/proc/")) {
    auto& held = held_[path];
    if (!held) held.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
    return;
  }
  // One that came between two looks is only seen by the second.
  std::string nearest;
  std::string before;
  do {
    before = std::exchange(nearest, add_nearest_directory(path));
  } while (nearest != before && nearest != directory_of(path));
}

/// A directory that is yet to come is told by the nearest one above it.
std::string Watcher::add_nearest_directory(const std::string& path) {
  auto directory = directory_of(path);
  for (; !directory.empty(); directory = directory_of(directory)) {
    const int id = ::inotify_add_watch(fd_.get(), directory.c_str(), kDirectoryEvents);
    if (id < 0) continue;
    watches_[id] = {directory, true};
    break;
  }
  return directory;
}

// Adds the paths that the events tell of; true when the kernel had to drop some.
bool Watcher::take(std::span<const char> events, std::set<std::string>& changed) {
  bool overflow = false;
  for (std::size_t at = 0; at < events.size();) {
    inotify_event event{};
    std::memcpy(&event, events.data() + at, sizeof event);
    const std::string name(event.len > 0 ? events.data() + at + sizeof event : "");
    at += sizeof event + event.len;
    overflow = overflow || (event.mask & IN_Q_OVERFLOW) != 0;
    const auto watch = watches_.find(event.wd);
    if (watch == watches_.end()) continue;
    const auto& path = watch->second.path;
    changed.insert(name.empty() ? path : std::format("{}/{}", path, name));
    if ((event.mask & IN_IGNORED) != 0) watches_.erase(watch);
  }
  return overflow;
}

std::vector<std::string> Watcher::drain() {
  std::set<std::string> changed;
  bool overflow = false;
  alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer{};
  while (true) {
    const auto size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size <= 0) break;
    overflow = take(std::span(buffer).first(static_cast<std::size_t>(size)), changed) || overflow;
  }
  std::vector<std::string> owners;
  for (const auto& [owner, paths] : paths_) {
    const bool hit = overflow || std::ranges::any_of(paths, [&changed](const std::string& path) {
                       return holds(changed, path);
                     });
    if (!hit) continue;
    owners.push_back(owner);
    for (const auto& path : paths) add(path);  // a replaced file or directory is a new inode
  }
  return owners;
}

}  // namespace kgnode::sys
