/// One log file and where reading stands.
#include "agent/sys/log_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/sys/sha256.hpp"

namespace kgnode::sys {
namespace {

// Log lines begin with a time, so that two files do not begin alike.
constexpr std::uint64_t kStartSize = 256;
constexpr auto kLineLimit = FileFollower::kLineLimit;

}  // namespace

std::optional<LogFile> LogFile::open(int folder, const std::string& name) {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  UniqueFd fd(
      ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  LogFile file(std::move(fd), status);
  file.hash_ = sha256_hex("");
  return file;
}

struct stat LogFile::status() const {
  struct stat now = opened_;
  (void)::fstat(fd_.get(), &now);  // cannot fail on an open file
  return now;
}

bool LogFile::is_same(const struct stat& other) const {
  return opened_.st_dev == other.st_dev && opened_.st_ino == other.st_ino;
}

std::string LogFile::read_start(std::uint64_t size) const {
  std::string start(std::min(size, kStartSize), '\0');
  const auto got = ::pread(fd_.get(), start.data(), start.size(), 0);
  start.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return start;
}

void LogFile::keep_start() {
  if (start_.size() == std::min(offset_, kStartSize)) return;
  start_ = read_start(offset_);
  hash_ = sha256_hex(start_);
}

void LogFile::restart() {
  offset_ = scanned_ = 0;
  keep_start();
}

bool LogFile::resume(const FilePosition& position) {
  const auto now = status();
  if (now.st_ino != position.inode) return false;
  if (std::cmp_less(now.st_size, position.offset)) return false;
  if (sha256_hex(read_start(position.offset)) != position.hash) return false;
  offset_ = scanned_ = position.offset;
  keep_start();
  return true;
}

void LogFile::skip_to_end() {
  const auto size = static_cast<std::uint64_t>(status().st_size);
  std::string tail(std::min<std::uint64_t>(size, kLineLimit), '\0');
  const auto from = size - tail.size();
  const auto got = ::pread(fd_.get(), tail.data(), tail.size(), static_cast<off_t>(from));
  tail.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  // The line that is being written now counts as new.
  const auto feed = tail.rfind('\n');
  offset_ = scanned_ = feed == std::string::npos ? from : from + feed + 1;
  keep_start();
}

FilePosition LogFile::position(const std::string& path) const {
  return {.path = path, .inode = opened_.st_ino, .offset = offset_, .hash = hash_};
}

/// False when it was cut off, even if it has grown beyond where we stand since.
bool LogFile::is_unchanged(std::uint64_t end) const {
  return std::cmp_greater_equal(status().st_size, end) && read_start(start_.size()) == start_;
}

LogFile::Reach LogFile::read(LineBuffer& buffer,
                             const std::function<bool(std::string_view)>& take) {
  while (true) {
    const auto room = buffer.room();
    if (room.empty()) return Reach::more;
    const auto got = ::pread(fd_.get(), room.data(), room.size(), static_cast<off_t>(scanned_));
    if (got < 0) return Reach::unreadable;
    const auto size = static_cast<std::size_t>(got);
    // After reading, not before: a truncation in between would go unnoticed.
    if (!is_unchanged(scanned_ + size)) {
      restart();
      continue;
    }
    buffer.use(size);
    const bool wants_more = take_lines({room.data(), size}, take);
    keep_start();
    if (!wants_more) return Reach::more;
    if (size < room.size()) return Reach::end;
  }
}

/// Takes the whole lines of `text`, which was read at scanned_.
bool LogFile::take_lines(std::string_view text, const std::function<bool(std::string_view)>& take) {
  const auto base = scanned_;
  std::size_t start = 0;
  bool wants_more = true;
  for (auto feed = text.find('\n'); wants_more && feed != std::string_view::npos;
       feed = text.find('\n', start)) {
    const auto line = text.substr(start, feed - start);
    const bool is_tail = scanned_ > offset_;
    start = feed + 1;
    offset_ = scanned_ = base + start;
    if (is_tail || line.size() > kLineLimit) {
      ++too_long_;
    } else {
      wants_more = take(line);
    }
  }
  // What is left is the beginning of a line, and read again when more of it is there. A line that
  // cannot be used is only searched for its end.
  const bool is_tail = scanned_ > offset_;
  if (wants_more && (is_tail || text.size() - start > kLineLimit)) scanned_ = base + text.size();
  return wants_more;
}

}  // namespace kgnode::sys
