/// The listening socket of the admin API.
#include "agent/api/listen.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include <systemd/sd-daemon.h>

#include "agent/base/text.hpp"

namespace kgnode::api {
namespace {

// Connections that wait while the loop is busy elsewhere.
constexpr int kBacklog = 64;

Result<sockaddr_un> make_address(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path)
    return fail(Error::plain("the socket path " + quote(path) + " is too long"));
  path.copy(static_cast<char*>(address.sun_path), path.size());
  return address;
}

Result<UniqueFd> open_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(Error::from_errno("make a socket"));
  return fd;
}

// bind() refuses a file that is there; a socket that nobody listens on is left from a dead agent.
Result<> clear_stale(const std::string& path, const sockaddr_un& address) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode))
    return fail(Error::plain(quote(path) + " is there and is no socket: remove it"));
  const UniqueFd probe = TRY(open_socket());
  // EAGAIN is a full backlog: somebody does listen.
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(probe.get(), plain, sizeof address) == 0 || errno == EAGAIN)
    return fail(Error::plain("another agent listens on " + quote(path)));
  if (::unlink(path.c_str()) != 0) return fail(Error::from_errno("remove " + quote(path)));
  return {};
}

Result<UniqueFd> bind_socket(const std::string& path) {
  const sockaddr_un address = TRY(make_address(path));
  std::error_code ignored;  // bind says what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  TRY(clear_stale(path, address));
  UniqueFd fd = TRY(open_socket());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(Error::from_errno("bind " + quote(path)));
  if (::chmod(path.c_str(), 0666) != 0) return fail(Error::from_errno("open up " + quote(path)));
  if (::listen(fd.get(), kBacklog) != 0) return fail(Error::from_errno("listen on " + quote(path)));
  return fd;
}

}  // namespace

Result<UniqueFd> open_admin_socket(const std::string& path) {
  const int handed = sd_listen_fds(/*unset_environment=*/1);
  if (handed < 0) return fail(Error::from_errno("take the socket from systemd", handed));
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + handed; ++fd) {
    if (sd_is_socket_unix(fd, SOCK_STREAM, 1, path.c_str(), 0) > 0) return UniqueFd(fd);
  }
  return bind_socket(path);
}

}  // namespace kgnode::api
