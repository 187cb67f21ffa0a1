/// Files written below a folder without ever following a symbolic link.
#include "agent/sys/rooted_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <format>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

UniqueFd open_beneath(int folder, const std::string& name, std::uint64_t flags) {
  // No wrapper in glibc 2.41. Mount points are fine, links and magic links are not.
  open_how how{.flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how)));
}

Error refused(const std::string& path, std::string_view part) {
  if (errno == ELOOP) {
    return Error::plain(std::format("{} is a symbolic link in {}, and links are not followed",
                                    quote(part), quote(path)));
  }
  return Error::from_errno(std::format("open {} of {}", quote(part), quote(path)));
}

Result<> write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(Error::from_errno("write"));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<bool> write_in(int folder, const std::string& name, const RootedFile& file) {
  struct stat there{};
  if (!file.replace && ::fstatat(folder, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
    return false;
  const auto temporary = std::format(".{}.{}", name, ::getpid());
  const UniqueFd fd(::openat(folder, temporary.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(Error::from_errno("make " + quote(temporary)));
  auto written = write_all(fd.get(), file.content);
  if (written && ::fchmod(fd.get(), file.mode) < 0)
    written = fail(Error::from_errno("set the mode"));
  if (written && ::fsync(fd.get()) < 0) written = fail(Error::from_errno("flush"));
  // rename(2) puts the file in the place of a link; it does not follow it.
  if (written && ::renameat(folder, temporary.c_str(), folder, name.c_str()) < 0)
    written = fail(Error::from_errno("rename to " + quote(name)));
  if (written) return true;
  (void)::unlinkat(folder, temporary.c_str(), 0);  // the first error is the one to tell
  return fail(std::move(written).error().in("write " + quote(file.path)));
}

}  // namespace

Result<bool> write_beneath(const std::string& root, const RootedFile& file) {
  UniqueFd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(Error::from_errno("open folder " + quote(root)));
  auto rest = std::string_view(file.path);
  while (rest.starts_with('/')) rest.remove_prefix(1);
  const auto parts = split(rest, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string part(parts[i]);
    if (::mkdirat(folder.get(), part.c_str(), 0755) < 0 && errno != EEXIST && errno != EROFS) {
      return fail(
          Error::from_errno(std::format("make folder {} of {}", quote(part), quote(file.path))));
    }
    auto next = open_beneath(folder.get(), part, O_PATH | O_DIRECTORY);
    if (!next) return fail(refused(file.path, part));
    folder = std::move(next);
  }
  return write_in(folder.get(), std::string(parts.back()), file);
}

}  // namespace kgnode::sys
