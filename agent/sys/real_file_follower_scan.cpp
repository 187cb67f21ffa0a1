/// Which log files are there, and which of them are one stream.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "agent/sys/real_file_follower.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint32_t kFolderEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                        IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::array<std::string_view, 5> kCompressed = {".gz", ".xz", ".zst", ".bz2", ".lz4"};

struct Place {
  UniqueFd folder;
  std::string name;
};

Place place_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return {UniqueFd(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          path.substr(slash + 1)};
}

std::optional<struct stat> status_of(int folder, const std::string& name) {
  struct stat status{};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return status;
}

bool is_compressed(std::string_view name) {
  return std::ranges::any_of(kCompressed, [name](auto ending) { return name.ends_with(ending); });
}

/// "access.log.1" and "access.log-20260301" of "access.log", as logrotate and the kubelet have it;
/// "audit-2026-03-01T10-00-00.000.log" of "audit.log", as the API server.
bool is_rotated_name(std::string_view candidate, std::string_view name) {
  if (candidate.size() > name.size() && candidate.starts_with(name))
    return candidate[name.size()] == '.' || candidate[name.size()] == '-';
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string stem = std::string(name.substr(0, dot)) + "-";
  return candidate.starts_with(stem) && candidate.size() > stem.size() &&
         candidate[stem.size()] >= '0' && candidate[stem.size()] <= '9' &&
         candidate.contains(name.substr(dot));
}

bool is_younger(const timespec& a, const timespec& b) {
  return std::pair(a.tv_sec, a.tv_nsec) > std::pair(b.tv_sec, b.tv_nsec);
}

}  // namespace

bool RealFileFollower::watch(int fd, const std::string& path, std::uint32_t events) {
  // By descriptor: the name may belong to another file by now.
  const auto link = std::format("/proc/self/fd/{}", fd);
  const int id = ::inotify_add_watch(events_.get(), link.c_str(), events);
  if (id < 0) return false;
  watches_[id] = path;
  return true;
}

RealFileFollower::Paths RealFileFollower::find_paths() {
  Paths paths;
  for (std::size_t index = 0; index < patterns_.size(); ++index) {
    const auto enter = [this](int folder, const std::string&) {
      const bool watched = watch(folder, "", kFolderEvents);
      if (!watched) ++counters_.left_out;
      return watched;
    };
    const auto found = [&paths, index](const std::string& path) { paths[path].push_back(index); };
    visit_matches(patterns_[index], {enter, found});
  }
  return paths;
}

std::vector<std::size_t> RealFileFollower::matching_patterns(std::string_view path) const {
  std::vector<std::size_t> matching;
  for (std::size_t index = 0; index < patterns_.size(); ++index) {
    if (is_match(patterns_[index], path)) matching.push_back(index);
  }
  return matching;
}

void RealFileFollower::scan(const Recovered& recovered, bool first_start) {
  counters_.left_out = 0;
  drop_due_ = true;
  auto paths = find_paths();
  // First those that were read before: another name of such a file is not a new file.
  for (const auto& [path, positions] : recovered) {
    auto& stream = streams_[path];
    stream.patterns = matching_patterns(path);
    if (!stream.patterns.empty()) recover(path, positions, stream);
  }
  for (auto& [path, patterns] : paths) follow(path, std::move(patterns));
  if (first_start) {
    for (auto& [path, stream] : streams_) {
      for (auto& file : stream.files) file.skip_to_end();
    }
  }
  std::erase_if(streams_, [](const auto& entry) { return entry.second.files.empty(); });
}

/// The files of these positions, wherever in the folder they are by now.
void RealFileFollower::recover(const std::string& path, std::span<const FilePosition> positions,
                               Stream& stream) {
  const auto [folder, name] = place_of(path);
  const auto names = list_names(folder.get());
  for (const auto& position : positions) {
    const auto has_inode = [&folder, &position](const std::string& candidate) {
      const auto status = status_of(folder.get(), candidate);
      return status && status->st_ino == position.inode;
    };
    const auto found = std::ranges::find_if(names, has_inode);
    auto file = found == names.end() ? std::nullopt : LogFile::open(folder.get(), *found);
    const bool resumed = file && file->resume(position);
    if (!resumed) ++counters_.gaps;
    // Cut off and renamed since: what it holds now is new.
    const bool renamed = file && is_rotated_name(*found, name) && !is_compressed(*found);
    if (resumed || renamed) add(std::move(file), path, stream);
  }
}

void RealFileFollower::follow(const std::string& path, std::vector<std::size_t> patterns) {
  if (!streams_.contains(path) && streams_.size() >= kMaxPaths) {
    ++counters_.left_out;
    return;
  }
  auto& stream = streams_[path];
  stream.patterns = std::move(patterns);
  add_new_files(path, stream);
}

void RealFileFollower::add_new_files(const std::string& path, Stream& stream) {
  const auto [folder, name] = place_of(path);
  const auto status = status_of(folder.get(), name);
  // Absent: it is between two files. Followed: the same as before, or another stream's old file.
  if (!status || !S_ISREG(status->st_mode) || is_followed(*status)) return;
  if (!stream.files.empty()) add_rotated_away(folder.get(), path, stream);
  auto file = LogFile::open(folder.get(), name);
  if (!file) ++counters_.unreadable;
  add(std::move(file), path, stream);
}

/// Files that came and went between two looks: they are younger than the last one known.
void RealFileFollower::add_rotated_away(int folder, const std::string& path, Stream& stream) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto last = stream.files.back().status().st_mtim;
  std::vector<std::pair<timespec, std::string>> missed;
  for (const auto& candidate : list_names(folder)) {
    if (!is_rotated_name(candidate, name)) continue;
    const auto status = status_of(folder, candidate);
    if (!status || !S_ISREG(status->st_mode) || is_followed(*status)) continue;
    if (!is_younger(status->st_mtim, last)) continue;
    if (is_compressed(candidate)) {
      ++counters_.gaps;
    } else {
      missed.emplace_back(status->st_mtim, candidate);
    }
  }
  std::ranges::sort(missed,
                    [](const auto& a, const auto& b) { return is_younger(b.first, a.first); });
  for (const auto& [time, candidate] : missed) add(LogFile::open(folder, candidate), path, stream);
}

void RealFileFollower::add(std::optional<LogFile> file, const std::string& path, Stream& stream) {
  if (!file) return;
  if (!watch(file->fd(), path, IN_MODIFY)) {
    ++counters_.left_out;
    return;
  }
  stream.files.push_back(*std::move(file));
  stream.dirty = true;
}

bool RealFileFollower::is_followed(const struct stat& status) const {
  return std::ranges::any_of(streams_, [&status](const auto& entry) {
    return std::ranges::any_of(entry.second.files,
                               [&status](const LogFile& file) { return file.is_same(status); });
  });
}

}  // namespace kgnode::sys
