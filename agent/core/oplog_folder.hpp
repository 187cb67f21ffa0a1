#pragma once
/// The folder of the operations log: names, small files replaced whole, lines read one by one.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::core {

inline constexpr const char* kLogName = "operations.log";
inline constexpr const char* kHeadName = "operations.head";
inline constexpr const char* kTornName = "operations.torn";
inline constexpr const char* kKeyName = "key";

/// Everything is opened relative to one descriptor and never through a symbolic link.
class LogFolder {
 public:
  static Result<LogFolder> open(const std::string& path);
  /// Makes it (0700) when it is not there, and locks it: one writer.
  static Result<LogFolder> open_for_writing(const std::string& path);

  /// nullopt: no such file.
  Result<std::optional<std::string>> read(const std::string& name) const;
  Result<> replace(const std::string& name, std::string_view content) const;
  Result<UniqueFd> open_file(const std::string& name, int flags) const;
  Result<> rename(const std::string& from, const std::string& to) const;
  Result<> remove(const std::string& name) const;

  /// The full files, oldest first; the current one is not among them.
  Result<std::vector<std::string>> list_rotated() const;
  /// Every file of the log there is, head included, key not.
  Result<std::vector<std::string>> list_all() const;
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

 private:
  LogFolder(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
};

/// "operations-000000000042.log": the name says with which entry the file ends.
std::string make_rotated_name(std::uint64_t last_seq);
std::optional<std::uint64_t> parse_rotated_name(std::string_view name);

Result<> write_all(int fd, std::string_view bytes);
Result<std::size_t> read_size(int fd);

/// Lines of a file in pieces of bounded size.
class LineReader {
 public:
  explicit LineReader(UniqueFd fd) : fd_(std::move(fd)) {}

  struct Line {
    std::string text;
    bool complete = true;  // ended by a line feed
  };
  /// nullopt: end of file. A line over 256 KiB comes in pieces: it is none of ours.
  Result<std::optional<Line>> next();

 private:
  UniqueFd fd_;
  std::string buffer_;
  std::size_t start_ = 0;  // of the next line in it
  bool end_ = false;
};

}  // namespace kgnode::core
