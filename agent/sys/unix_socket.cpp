/// Binds a socket to a path that a dead program may have left behind.
#include "agent/sys/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

// Datagram, whatever the type of the other: the kernel then refuses only if nobody holds the file.
Result<> clear_stale(const std::string& path, const sockaddr* address) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode))
    return fail(Error::plain(quote(path) + " is there and is no socket: remove it"));
  const UniqueFd probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return fail(Error::from_errno("make a socket"));
  if (::connect(probe.get(), address, sizeof(sockaddr_un)) == 0 || errno != ECONNREFUSED)
    return fail(Error::plain("another program holds " + quote(path)));
  if (::unlink(path.c_str()) != 0) return fail(Error::from_errno("remove " + quote(path)));
  return {};
}

}  // namespace

Result<> bind_unix_socket(const UniqueFd& socket, const std::string& path, mode_t mode) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path)
    return fail(Error::plain("the socket path " + quote(path) + " is too long"));
  path.copy(static_cast<char*>(address.sun_path), path.size());
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  TRY(clear_stale(path, plain));
  if (::bind(socket.get(), plain, sizeof address) != 0)
    return fail(Error::from_errno("bind " + quote(path)));
  if (::chmod(path.c_str(), mode) != 0)
    return fail(Error::from_errno("set the mode of " + quote(path)));
  return {};
}

}  // namespace kgnode::sys
