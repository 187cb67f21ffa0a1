/// /proc/sys as a key-value store.
#include "agent/sys/proc_sys.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

// The kernel gives at most a page for any key of interest; more is a key that is no setting.
constexpr std::size_t kValueLimit = 4096;

/// A key comes from configuration: it must stay below /proc/sys.
Result<std::string> checked_path(std::string_view key) {
  std::string path = proc_sys_path(key);
  if (key.empty() || key.contains('\0') || path.contains("//") || path.contains("/../") ||
      path.ends_with("/..") || path.ends_with('/')) {
    return fail({std::errc::invalid_argument, "kernel parameter " + quote(key)});
  }
  return path;
}

/// Some keys exist and have nothing to say: net.ipv6.conf.*.stable_secret gives EIO until it is
/// set, and write-only keys (net.ipv4.route.flush) give EACCES even to root.
bool is_unreadable(int error) { return error == EIO || error == EACCES; }

/// nullopt: a directory ("kernel"), so there is no such key.
Result<std::optional<std::string>> read_value(const std::string& path, int fd) {
  std::array<char, kValueLimit> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  if (size < 0 && errno == EISDIR) return std::nullopt;
  if (size < 0 && is_unreadable(errno)) return std::string();
  if (size < 0) return fail(Error::from_errno("read " + quote(path)));
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::string one_blank_between_words(std::string value) {
  std::ranges::replace(value, '\n', ' ');
  std::string normal;
  for (const auto word : split_words(value)) {
    if (!normal.empty()) normal += ' ';
    normal += word;
  }
  return normal;
}

}  // namespace

std::string proc_sys_path(std::string_view key) {
  std::string path = "/proc/sys/";
  for (const char c : key) path += c == '.' ? '/' : c == '/' ? '.' : c;
  return path;
}

Result<std::optional<std::string>> RealProcSys::read(std::string_view key) {
  const std::string path = TRY(checked_path(key));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd && is_unreadable(errno)) return std::string();
  if (!fd) return fail(Error::from_errno("open " + quote(path)));
  return TRY(read_value(path, fd.get())).transform(one_blank_between_words);
}

Result<> RealProcSys::write(std::string_view key, std::string_view value) {
  const std::string path = TRY(checked_path(key));
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail(Error::from_errno("open " + quote(path)));
  // One write is one value: the kernel parses each write on its own.
  const std::string line = std::string(value) + "\n";
  const ssize_t written = ::write(fd.get(), line.data(), line.size());
  if (written < 0) return fail(Error::from_errno("write " + quote(value) + " to " + quote(path)));
  return {};
}

bool RealProcSys::is_writable(std::string_view key) {
  const auto path = checked_path(key);
  return path && ::access(path->c_str(), W_OK) == 0;
}

}  // namespace kgnode::sys
