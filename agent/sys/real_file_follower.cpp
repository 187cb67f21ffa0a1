/// Log files by inotify.
#include "agent/sys/real_file_follower.hpp"

#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <format>
#include <utility>

namespace kgnode::sys {
namespace {

// Renamed files that stay open in case somebody still writes to them.
constexpr std::size_t kKeptRotated = 2;
// A flood of events must not keep the loop; the rest is drained by the next poll.
constexpr int kEventReads = 64;

}  // namespace

Result<RealFileFollower> RealFileFollower::open(std::span<const std::string> patterns,
                                                std::optional<std::vector<FilePosition>> from) {
  UniqueFd events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!events) return fail(Error::from_errno("follow log files: start inotify"));
  std::vector<LogPattern> parsed;
  for (const auto& pattern : patterns) parsed.push_back(TRY(make_log_pattern(pattern)));
  RealFileFollower follower(std::move(events), std::move(parsed));
  Recovered recovered;
  if (from) {
    for (auto& position : *from) {
      auto& known = recovered[position.path];
      known.push_back(std::move(position));
    }
  }
  follower.scan(recovered, !from.has_value());
  return follower;
}

Result<FileBatch> RealFileFollower::poll(std::size_t limit) {
  TRY(drain_events());
  if (std::exchange(scan_due_, false)) scan({}, false);
  drop_finished();
  buffer_.clear();
  FileBatch batch;
  auto next = streams_.upper_bound(turn_);
  for (std::size_t visited = 0; visited < streams_.size(); ++visited, ++next) {
    if (next == streams_.end()) next = streams_.begin();
    if (!next->second.dirty) continue;
    if (batch.lines.size() >= limit || buffer_.room().empty()) break;
    turn_ = next->first;
    read(next->first, next->second, limit, batch);
  }
  batch.more = std::ranges::any_of(streams_, [](const auto& entry) { return entry.second.dirty; });
  return batch;
}

Result<> RealFileFollower::drain_events() {
  alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> bytes{};
  for (int reads = 0; reads < kEventReads; ++reads) {
    const auto size = ::read(events_.get(), bytes.data(), bytes.size());
    if (size < 0 && errno != EAGAIN && errno != EINTR)
      return fail(Error::from_errno("follow log files: read what has changed"));
    if (size <= 0) return {};
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, bytes.data() + at, sizeof event);
      at += sizeof event + event.len;
      note(event);
    }
  }
  return {};
}

void RealFileFollower::note(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    scan_due_ = true;
    for (auto& [path, stream] : streams_) stream.dirty = true;
    return;
  }
  const auto watched = watches_.find(event.wd);
  if (watched == watches_.end()) return;
  const auto stream = streams_.find(watched->second);
  if (stream != streams_.end()) stream->second.dirty = true;
  scan_due_ = scan_due_ || watched->second.empty();
  if ((event.mask & IN_IGNORED) != 0) watches_.erase(watched);
}

void RealFileFollower::read(const std::string& path, Stream& stream, std::size_t limit,
                            FileBatch& batch) {
  const auto take = [&path, &stream, &batch, limit](std::string_view text) {
    batch.lines.push_back({path, stream.patterns, text});
    return batch.lines.size() < limit;
  };
  stream.dirty = false;
  for (auto& file : stream.files) {
    const auto reach = file.read(buffer_, take);
    counters_.too_long += file.take_too_long();
    if (reach == LogFile::Reach::unreadable) ++counters_.unreadable;
    if (reach == LogFile::Reach::more) {
      stream.dirty = true;  // nothing of a younger file before the end of this one
      return;
    }
  }
}

/// Closes files that are read and deleted, and renamed ones that have become too many.
void RealFileFollower::drop_finished() {
  if (!std::exchange(drop_due_, false)) return;
  for (auto& [path, stream] : streams_) {
    drop_due_ = drop_due_ || stream.dirty;
    if (stream.dirty) continue;
    std::erase_if(stream.files, [](const LogFile& file) { return file.status().st_nlink == 0; });
    while (stream.files.size() > kKeptRotated + 1) {
      hand_over(std::move(stream.files.front()));
      stream.files.erase(stream.files.begin());
    }
  }
  std::erase_if(streams_, [](const auto& entry) { return entry.second.files.empty(); });
}

/// Patterns may match a file's later name too: it must not be taken for a new one then.
void RealFileFollower::hand_over(LogFile file) {
  std::error_code ignored;  // no name: it is not followed further
  const auto link = std::format("/proc/self/fd/{}", file.fd());
  const auto path = std::filesystem::read_symlink(link, ignored).string();
  auto patterns = matching_patterns(path);
  if (patterns.empty() || streams_.contains(path)) {
    const int id = ::inotify_add_watch(events_.get(), link.c_str(), IN_MODIFY);  // its number
    if (id >= 0 && ::inotify_rm_watch(events_.get(), id) == 0) watches_.erase(id);
    return;
  }
  auto& stream = streams_[path];
  stream.patterns = std::move(patterns);
  add(std::move(file), path, stream);
}

std::vector<FilePosition> RealFileFollower::positions() const {
  std::vector<FilePosition> all;
  for (const auto& [path, stream] : streams_) {
    for (const auto& file : stream.files) all.push_back(file.position(path));
  }
  return all;
}

FileCounters RealFileFollower::counters() const {
  auto counters = counters_;
  counters.followed = streams_.size();
  return counters;
}

}  // namespace kgnode::sys
