/// Events of the kernel's devices; only whose subsystem is "block" matter here.
#include "agent/sys/disk_events.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace kgnode::sys {
namespace {

constexpr unsigned kKernelGroup = 1;  // 2 is udev's
// An event is a list of texts, each with a zero at its end.
constexpr std::string_view kBlock("\0SUBSYSTEM=block\0", 17);

}  // namespace

Result<DiskEvents> DiskEvents::open() {
  UniqueFd fd(
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address{.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = 0, .nl_groups = kKernelGroup};
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(Error::from_errno("listen to the kernel about disks"));
  return DiskEvents(std::move(fd));
}

bool DiskEvents::drain() {
  std::array<char, 8192> buffer{};
  bool found = false;
  while (true) {
    const auto size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && errno == ENOBUFS) found = true;
    if (size < 0 && errno != ENOBUFS && errno != EINTR) return found;
    if (size > 0) {
      const std::string_view event(buffer.data(), static_cast<std::size_t>(size));
      found = found || event.contains(kBlock);
    }
  }
}

}  // namespace kgnode::sys
