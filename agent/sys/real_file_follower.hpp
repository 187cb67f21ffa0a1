#pragma once
/// Log files by inotify on them and on their folders.
#include <sys/inotify.h>

#include <map>
#include <optional>
#include <unordered_map>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/file_follower.hpp"
#include "agent/sys/log_file.hpp"
#include "agent/sys/log_pattern.hpp"

namespace kgnode::sys {

class RealFileFollower final : public FileFollower {
 public:
  /// `from` is what positions() gave in an earlier life: a file it does not know is new and read
  /// from its beginning. Without it, files that are there begin at their end.
  static Result<RealFileFollower> open(std::span<const std::string> patterns,
                                       std::optional<std::vector<FilePosition>> from);

  Result<FileBatch> poll(std::size_t limit) override;
  std::vector<FilePosition> positions() const override;
  FileCounters counters() const override;
  int fd() const override { return events_.get(); }

 private:
  /// A path and the files behind it, oldest first. The last is the one at the path, if any is;
  /// those before it were renamed, and may still be written to by who has not noticed.
  struct Stream {
    std::vector<std::size_t> patterns;
    std::vector<LogFile> files;
    bool dirty = true;  // may have bytes that were not read
  };
  using Paths = std::map<std::string, std::vector<std::size_t>>;  // to the patterns that match
  using Recovered = std::map<std::string, std::vector<FilePosition>>;

  RealFileFollower(UniqueFd events, std::vector<LogPattern> patterns)
      : events_(std::move(events)), patterns_(std::move(patterns)) {}

  // Which files are there: real_file_follower_scan.cpp.
  void scan(const Recovered& recovered, bool first_start);
  Paths find_paths();
  std::vector<std::size_t> matching_patterns(std::string_view path) const;
  bool watch(int fd, const std::string& path, std::uint32_t events);
  void follow(const std::string& path, std::vector<std::size_t> patterns);
  void recover(const std::string& path, std::span<const FilePosition> positions, Stream& stream);
  void add_new_files(const std::string& path, Stream& stream);
  void add_rotated_away(int folder, const std::string& path, Stream& stream);
  void add(std::optional<LogFile> file, const std::string& path, Stream& stream);
  bool is_followed(const struct stat& status) const;

  // What is in them.
  Result<> drain_events();
  void note(const inotify_event& event);
  void read(const std::string& path, Stream& stream, std::size_t limit, FileBatch& batch);
  void drop_finished();
  void hand_over(LogFile file);

  UniqueFd events_;
  std::vector<LogPattern> patterns_;
  std::map<std::string, Stream> streams_;
  std::unordered_map<int, std::string> watches_;  // of a file: its stream; of a folder: ""
  bool scan_due_ = false;
  bool drop_due_ = false;
  std::string turn_;  // the stream that was read last
  LineBuffer buffer_;
  FileCounters counters_;
};

}  // namespace kgnode::sys
