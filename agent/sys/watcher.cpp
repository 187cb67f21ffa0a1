/// inotify on files and on the directories that hold them.
#include "agent/sys/watcher.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <utility>

namespace kgnode::sys {
namespace {

constexpr std::uint32_t kFileEvents = IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kDirectoryEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

Result<Watcher> Watcher::make() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return fail(Error::from_errno("start inotify"));
  return Watcher(std::move(fd));
}

void Watcher::watch(const std::string& owner, const std::vector<std::string>& paths) {
  paths_[owner] = paths;
  for (const auto& path : paths) {
    add(path);
    // Directories of /proc do not report; its files are never replaced.
    if (path.starts_with("/proc/")) {
      auto& held = held_[path];
      if (!held) held.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
      continue;
    }
    const int id = ::inotify_add_watch(fd_.get(), directory_of(path).c_str(), kDirectoryEvents);
    if (id >= 0) watches_[id] = {directory_of(path), true};
  }
}

void Watcher::add(const std::string& path) {
  // Absent is fine: the directory tells when it appears.
  const int id = ::inotify_add_watch(fd_.get(), path.c_str(), kFileEvents);
  if (id >= 0) watches_[id] = {path, false};
}

std::vector<std::string> Watcher::drain() {
  std::set<std::string> changed;
  bool overflow = false;
  alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer{};
  while (true) {
    const auto size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name(event.len > 0 ? buffer.data() + at + sizeof event : "");
      at += sizeof event + event.len;
      auto watch = watches_.find(event.wd);
      if (event.mask & IN_Q_OVERFLOW) {
        overflow = true;
      } else if (watch != watches_.end()) {
        changed.insert(watch->second.directory ? watch->second.path + "/" + name
                                               : watch->second.path);
        if (event.mask & IN_IGNORED) watches_.erase(watch);
      }
    }
  }
  std::vector<std::string> owners;
  for (const auto& [owner, paths] : paths_) {
    const bool hit = overflow || std::ranges::any_of(paths, [&changed](const std::string& path) {
                       return changed.contains(path);
                     });
    if (!hit) continue;
    owners.push_back(owner);
    for (const auto& path : paths) add(path);  // a replaced file is a new inode
  }
  return owners;
}

}  // namespace kgnode::sys
