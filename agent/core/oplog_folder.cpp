/// The folder of the operations log.
#include "agent/core/oplog_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <format>

#include "agent/base/handle.hpp"
#include "agent/base/text.hpp"

namespace kgnode::core {
namespace {

using DirPtr = Handle<DIR, ::closedir>;

constexpr std::size_t kSmallFile = 4096;
constexpr std::size_t kLongestLine = std::size_t{256} << 10;
constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr std::string_view kRotatedPrefix = "operations-";
constexpr std::string_view kRotatedSuffix = ".log";

Error error_at(std::string_view verb, const std::string& path) {
  return Error::from_errno(std::format("{} {}", verb, quote(path)));
}

// Empty at the end of the file.
Result<std::string> read_piece(int fd) {
  std::string piece(kPiece, '\0');
  ssize_t got = 0;
  do {
    got = ::read(fd, piece.data(), piece.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail(Error::from_errno("read"));
  piece.resize(static_cast<std::size_t>(got));
  return piece;
}

}  // namespace

Result<LogFolder> LogFolder::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail(error_at("open", path));
  return LogFolder(path, std::move(fd));
}

Result<LogFolder> LogFolder::open_for_writing(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return fail(Error::from_errno("make the parent of " + quote(path), error.value()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail(error_at("make", path));
  LogFolder folder = TRY(open(path));
  if (::fchmod(folder.fd_.get(), 0700) != 0) return fail(error_at("set the mode of", path));
  if (::flock(folder.fd_.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(error_at("lock (does another kgnode run?)", path));
  return folder;
}

Result<UniqueFd> LogFolder::open_file(const std::string& name, int flags) const {
  UniqueFd file(::openat(fd_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail(error_at("open", path_of(name)));
  return file;
}

Result<std::optional<std::string>> LogFolder::read(const std::string& name) const {
  auto file = open_file(name, O_RDONLY);
  if (!file && file.error().code() == std::errc::no_such_file_or_directory) return std::nullopt;
  if (!file) return fail(std::move(file).error());
  std::string content(kSmallFile, '\0');
  const ssize_t got = ::read(file->get(), content.data(), content.size());
  if (got < 0) return fail(error_at("read", path_of(name)));
  content.resize(static_cast<std::size_t>(got));
  return content;
}

Result<> LogFolder::replace(const std::string& name, std::string_view content) const {
  const std::string temporary = name + ".new";
  {
    const UniqueFd file = TRY(open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    auto written = write_all(file.get(), content);
    if (!written) return fail(std::move(written).error().in("write " + quote(path_of(temporary))));
    if (::fsync(file.get()) != 0) return fail(error_at("sync", path_of(temporary)));
  }
  return rename(temporary, name);
}

Result<> LogFolder::rename(const std::string& from, const std::string& to) const {
  if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0)
    return fail(error_at("rename", path_of(from)));
  // From here on the new name counts; if this fails, a crash may bring the old one back, and the
  // next start or verify sees a log that is ahead of its head.
  (void)::fsync(fd_.get());
  return {};
}

Result<> LogFolder::remove(const std::string& name) const {
  if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return fail(error_at("remove", path_of(name)));
  return {};
}

Result<std::vector<std::string>> LogFolder::list_all() const {
  UniqueFd copy = TRY(open_file(".", O_RDONLY | O_DIRECTORY));
  const DirPtr directory(::fdopendir(copy.get()));
  if (!directory) return fail(error_at("list", path_));
  (void)copy.release();  // the stream closes it
  std::vector<std::string> names;
  // readdir is safe on a stream of our own (readdir(3), MT-Safe except race:dirstream).
  while (const dirent* entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name = entry->d_name;
    if (name == kLogName || name == kHeadName || parse_rotated_name(name)) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::vector<std::string>> LogFolder::list_rotated() const {
  auto names = TRY(list_all());
  std::erase_if(names, [](const std::string& name) { return !parse_rotated_name(name); });
  return names;
}

std::string make_rotated_name(std::uint64_t last_seq) {
  return std::format("{}{:012}{}", kRotatedPrefix, last_seq, kRotatedSuffix);
}

std::optional<std::uint64_t> parse_rotated_name(std::string_view name) {
  if (!name.starts_with(kRotatedPrefix) || !name.ends_with(kRotatedSuffix)) return std::nullopt;
  name.remove_prefix(kRotatedPrefix.size());
  name.remove_suffix(std::min(kRotatedSuffix.size(), name.size()));
  return name.size() < 12 ? std::nullopt : parse_int<std::uint64_t>(name);
}

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(Error::from_errno("write"));
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<std::size_t> read_size(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail(Error::from_errno("read the size"));
  return static_cast<std::size_t>(info.st_size);
}

Result<std::optional<LineReader::Line>> LineReader::next() {
  for (;;) {
    const auto feed = buffer_.find('\n', start_);
    if (feed != std::string::npos) {
      Line line{buffer_.substr(start_, feed - start_)};
      start_ = feed + 1;
      return line;
    }
    buffer_.erase(0, std::exchange(start_, 0));
    if (buffer_.size() >= kLongestLine) return Line{std::exchange(buffer_, {})};
    if (end_ && buffer_.empty()) return std::nullopt;
    if (end_) return Line{std::exchange(buffer_, {}), false};
    const auto more = TRY(read_piece(fd_.get()));
    end_ = more.empty();
    buffer_ += more;
  }
}

}  // namespace kgnode::core
