/// The listening socket of the admin API.
#include "agent/api/listen.hpp"

#include <sys/socket.h>

#include <filesystem>

#include <systemd/sd-daemon.h>

#include "agent/base/text.hpp"
#include "agent/sys/unix_socket.hpp"

namespace kgnode::api {
namespace {

// Connections that wait while the loop is busy elsewhere.
constexpr int kBacklog = 64;
// Who may do what is decided by the credentials of the peer.
constexpr mode_t kMode = 0666;

Result<UniqueFd> bind_socket(const std::string& path) {
  std::error_code ignored;  // bind says what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(Error::from_errno("make a socket"));
  TRY(sys::bind_unix_socket(fd, path, kMode));
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
