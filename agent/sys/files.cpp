/// Files read with a limit and replaced whole.
#include "agent/sys/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <format>

#include "agent/base/handle.hpp"
#include "agent/base/scope_exit.hpp"
#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

void close_dir(DIR* directory) { ::closedir(directory); }
using DirPtr = Handle<DIR, close_dir>;

bool is_absent(int error) { return error == ENOENT || error == ENOTDIR; }

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    const bool made = ::mkdir(part.c_str(), 0755) == 0;
    const int error = made ? 0 : errno;
    // Also said of what is there already.
    const bool there = error == EEXIST || (error == EROFS && ::access(part.c_str(), F_OK) == 0);
    if (!made && !there) return fail(Error::from_errno("make directory " + quote(part), error));
    // Whatever the umask of the service is: sshd follows such a path as the user.
    if (made && ::chmod(part.c_str(), 0755) < 0)
      return fail(Error::from_errno("set mode of " + quote(part)));
    if (end == std::string::npos) return {};
  }
}

Result<> write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(Error::from_errno("write"));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> fill(int fd, std::string_view content, mode_t mode) {
  TRY(write_all(fd, content));
  // After the umask and before the name is there: nobody sees the file with other rights.
  if (::fchmod(fd, mode) < 0) return fail(Error::from_errno("set mode"));
  if (::fsync(fd) < 0) return fail(Error::from_errno("flush"));
  return {};
}

Result<> sync_directory(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) < 0)
    return fail(Error::from_errno("flush directory " + quote(path)));
  return {};
}

}  // namespace

Result<std::optional<std::string>> RealFiles::read(const std::string& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && is_absent(errno)) return std::nullopt;
  if (!fd) return fail(Error::from_errno("read " + quote(path)));
  std::string content;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(Error::from_errno("read " + quote(path)));
    if (size == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(size));
    if (content.size() > limit) {
      return fail({std::errc::file_too_large,
                   std::format("read {}: more than {} bytes", quote(path), limit)});
    }
  }
}

Result<> RealFiles::replace(const std::string& path, std::string_view content, mode_t mode) {
  const std::string directory = parent_of(path);
  TRY(make_directories(directory));
  // A name of its own and a leading dot: directories such as sshd_config.d are globbed by suffix.
  std::string temporary = directory + "/.kgnode-XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail(Error::from_errno("replace " + quote(path)));
  ScopeExit undo([&temporary] { ::unlink(temporary.c_str()); });
  if (auto filled = fill(fd.get(), content, mode); !filled)
    return fail(std::move(filled).error().in("replace " + quote(path)));
  if (::rename(temporary.c_str(), path.c_str()) < 0)
    return fail(Error::from_errno("replace " + quote(path)));
  undo.release();
  return sync_directory(directory);
}

Result<> RealFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory(parent_of(path));
  if (is_absent(errno)) return {};
  return fail(Error::from_errno("remove " + quote(path)));
}

Result<std::vector<std::string>> RealFiles::list(const std::string& directory) {
  std::vector<std::string> names;
  const DirPtr open(::opendir(directory.c_str()));
  if (!open && is_absent(errno)) return names;
  if (!open) return fail(Error::from_errno("list " + quote(directory)));
  for (;;) {
    errno = 0;
    // One stream, one thread: readdir is safe, and readdir_r is deprecated.
    const dirent* entry = ::readdir(open.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr && errno != 0) return fail(Error::from_errno("list " + quote(directory)));
    if (entry == nullptr) break;
    const std::string_view name(std::data(entry->d_name));
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::optional<Files::Attributes>> RealFiles::attributes(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) < 0) {
    if (is_absent(errno)) return std::nullopt;
    return fail(Error::from_errno("look at " + quote(path)));
  }
  return Attributes{.mode = status.st_mode & 07777U, .uid = status.st_uid, .gid = status.st_gid};
}

Result<> RealFiles::set_attributes(const std::string& path, const Attributes& wanted) {
  // Through an fd that follows no link: nobody can swap the file between the two calls.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return fail(Error::from_errno("open " + quote(path)));
  // Owner first: changing it clears the set-id bits.
  if (::fchown(fd.get(), wanted.uid, wanted.gid) < 0)
    return fail(Error::from_errno("set owner of " + quote(path)));
  if (::fchmod(fd.get(), wanted.mode) < 0)
    return fail(Error::from_errno("set mode of " + quote(path)));
  return {};
}

}  // namespace kgnode::sys
