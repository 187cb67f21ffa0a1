/// What the kernel tells by a call and not by a file.
#include "agent/sys/gauges.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <filesystem>
#include <format>
#include <string_view>

#include "agent/base/text.hpp"
#include "agent/sys/addresses.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

/// A folder of the same file system as the one above it is no mount point. Bind mounts of the same
/// file system look so too, and have no space of their own.
Result<bool> is_mount_point(const std::string& path) {
  if (path == "/") return true;
  struct stat own{};
  struct stat above{};
  if (::stat(path.c_str(), &own) < 0) {
    if (errno == ENOENT) return false;
    if (errno == EIO) return true;  // the file system of a mount point, as a rule
    return fail(Error::from_errno("look at " + quote(path)));
  }
  if (::stat((path + "/..").c_str(), &above) < 0)
    return fail(Error::from_errno("look at what holds " + quote(path)));
  return own.st_dev != above.st_dev;
}

bool holds_socket(const std::string& process, const std::string& socket) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(process + "/fd", error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(at->path(), gone) == socket) return true;
  }
  return false;
}

/// Processes of other users are closed to us, and sockets of the kernel nobody's.
std::string find_owner(const std::string& socket) {
  RealFiles files;
  const auto names = files.list("/proc");
  if (!names) return {};
  for (const auto& name : *names) {
    const auto process = "/proc/" + name;
    if (!parse_int<unsigned>(name) || !holds_socket(process, socket)) continue;
    const auto program = files.read(process + "/comm", Files::kReadLimit);
    return program && *program ? printable(trim(**program)) : std::string();
  }
  return {};
}

}  // namespace

Result<std::optional<MountSpace>> RealGauges::space(const std::string& mount) {
  if (!TRY(is_mount_point(mount))) return std::nullopt;
  // A file system that was shut down still tells its size.
  struct stat root{};
  if (::stat(mount.c_str(), &root) < 0 && errno == EIO) return MountSpace{.broken = true};
  struct statfs found{};
  if (::statfs(mount.c_str(), &found) < 0)
    return fail(Error::from_errno("ask for the space on " + quote(mount)));
  const auto block = static_cast<std::uint64_t>(found.f_frsize);
  return MountSpace{.total = found.f_blocks * block,
                    .free = found.f_bavail * block,
                    .inodes = found.f_files,
                    .free_inodes = found.f_ffree,
                    .sealed = found.f_type == EROFS_SUPER_MAGIC_V1};
}

Result<std::string> RealGauges::interface_of(const Address& address) {
  return find_interface(address);
}

std::string RealGauges::owner_of_socket(std::uint64_t inode) {
  constexpr std::size_t kMostKept = 256;
  if (owners_.size() >= kMostKept) owners_.clear();
  const auto [place, fresh] = owners_.try_emplace(inode);
  if (fresh) place->second = find_owner(std::format("socket:[{}]", inode));
  return place->second;
}

}  // namespace kgnode::sys
