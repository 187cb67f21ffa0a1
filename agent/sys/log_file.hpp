#pragma once
/// One log file, whatever its name is by now: where reading stands, and the lines after that.
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/file_follower.hpp"

namespace kgnode::sys {

/// Room for all that one poll may read; every byte read uses some of it up.
class LineBuffer {
 public:
  LineBuffer() : bytes_(FileFollower::kBytesPerPoll) {}
  void clear() { used_ = 0; }
  std::span<char> room() { return std::span(bytes_).subspan(used_); }
  void use(std::size_t size) { used_ += size; }

 private:
  std::vector<char> bytes_;
  std::size_t used_ = 0;
};

class LogFile {
 public:
  /// nullopt: it is no regular file, or cannot be opened. Never follows a link.
  static std::optional<LogFile> open(int folder, const std::string& name);

  /// False: this is another file, or was cut off before that position. Nothing has changed then.
  bool resume(const FilePosition& position);
  /// Leaves out the lines that are there.
  void skip_to_end();
  FilePosition position(const std::string& path) const;

  enum class Reach : std::uint8_t { end, more, unreadable };
  /// `take` gets each line and says whether it wants another.
  Reach read(LineBuffer& buffer, const std::function<bool(std::string_view)>& take);

  bool is_same(const struct stat& other) const;
  /// As the file is now.
  struct stat status() const;
  int fd() const { return fd_.get(); }
  /// Lines left out for their length since this was asked last.
  std::uint64_t take_too_long() { return std::exchange(too_long_, 0); }

 private:
  LogFile(UniqueFd fd, const struct stat& status) : fd_(std::move(fd)), opened_(status) {}
  bool is_unchanged(std::uint64_t end) const;
  bool take_lines(std::string_view text, const std::function<bool(std::string_view)>& take);
  std::string read_start(std::uint64_t size) const;
  void keep_start();
  void restart();

  UniqueFd fd_;
  struct stat opened_{};
  std::uint64_t offset_ = 0;
  std::uint64_t scanned_ = 0;  // ahead of the offset inside a line that is too long already
  std::string start_;          // the first bytes, none behind the offset: tell of a truncation
  std::string hash_;           // of start_
  std::uint64_t too_long_ = 0;
};

}  // namespace kgnode::sys
