/// Several descriptors behind one: epoll.
#include "agent/sys/fd_set.hpp"

#include <sys/epoll.h>

namespace kgnode::sys {

Result<FdSet> FdSet::make() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(Error::from_errno("epoll_create1"));
  return FdSet(std::move(epoll));
}

Result<> FdSet::add(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail(Error::from_errno("epoll_ctl"));
  return {};
}

}  // namespace kgnode::sys
