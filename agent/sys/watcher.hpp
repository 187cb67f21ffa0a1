#pragma once
/// Who changed a file: inotify on files and on the directories that hold them.
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

class Watcher {
 public:
  static Result<Watcher> make();

  /// Replaces what `owner` watches. A path is watched itself (a write in place; /proc/sys reports
  /// those too) and through its directory (a replacement by rename, or a file yet to come); the
  /// directory may be yet to come, too.
  void watch(const std::string& owner, const std::vector<std::string>& paths);
  /// Owners whose paths changed since the last drain; all of them when events were lost.
  std::vector<std::string> drain();
  int fd() const { return fd_.get(); }

 private:
  explicit Watcher(UniqueFd fd) : fd_(std::move(fd)) {}
  void add(const std::string& path);
  bool take(std::span<const char> events, std::set<std::string>& changed);
  std::string add_nearest_directory(const std::string& path);

  struct Watch {
    std::string path;
    bool directory = false;
  };
  UniqueFd fd_;
  std::map<std::string, std::vector<std::string>> paths_;  // owner -> files
  std::map<int, Watch> watches_;
  // The kernel drops cached /proc/sys entries under memory pressure and their watches go silent;
  // a held descriptor keeps the entry.
  std::map<std::string, UniqueFd> held_;
};

}  // namespace kgnode::sys
