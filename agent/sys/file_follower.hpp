#pragma once
/// Log files as a stream of lines, each once: across rotation, truncation and restarts.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// How far one file was read. The file is known again by its folder, its inode and how it begins:
/// an inode is soon given to another file, and the number of a device changes from boot to boot.
struct FilePosition {
  std::string path;  // under which it is followed, also after it was renamed
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  // behind the last line that was handed out
  std::string hash;          // SHA-256 of its first bytes: up to 256, none behind the offset
  bool operator==(const FilePosition&) const = default;
};

struct FileLine {
  std::string_view path;
  std::span<const std::size_t> patterns;  // those that match the path, by their index
  std::string_view text;                  // without the line feed
};

struct FileBatch {
  std::vector<FileLine> lines;  // valid until the next poll
  bool more = false;            // poll again without waiting
};

struct FileCounters {
  std::size_t followed = 0;      // paths
  std::size_t left_out = 0;      // paths that match but are above the limit
  std::uint64_t too_long = 0;    // lines skipped for their length
  std::uint64_t gaps = 0;        // times that lines may have been lost: the file was gone too soon
  std::uint64_t unreadable = 0;  // times that a file could not be opened or read
  bool operator==(const FileCounters&) const = default;
};

class FileFollower {
 public:
  virtual ~FileFollower() = default;

  static constexpr std::size_t kLineLimit = std::size_t{64} << 10;
  static constexpr std::size_t kBytesPerPoll = std::size_t{128} << 10;
  static constexpr std::size_t kMaxPaths = 256;

  /// At most `limit` lines and kBytesPerPoll bytes; files take turns. A line ends with a line feed.
  virtual Result<FileBatch> poll(std::size_t limit) = 0;
  /// As of the last poll; to be given back, in this order, to continue there.
  virtual std::vector<FilePosition> positions() const = 0;
  virtual FileCounters counters() const = 0;
  /// Readable when a poll may have something.
  virtual int fd() const = 0;
};

}  // namespace kgnode::sys
