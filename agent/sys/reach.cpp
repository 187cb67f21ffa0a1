/// Whether TCP ports of others can be reached.
#include "agent/sys/reach.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/socket_address.hpp"

namespace kgnode::sys {
namespace {

Reached from_error(int error) {
  const auto text = Error::from_errno("connect", error).message();
  switch (error) {
    case ECONNREFUSED:
      return {Reach::refused, text};
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
    case EPERM:
      return {Reach::no_route, text};
    case ETIMEDOUT:
      return {Reach::silent, text};
    case EADDRNOTAVAIL:
      return {Reach::no_source, text};
    default:
      return {Reach::other, text};
  }
}

struct Attempt {
  UniqueFd fd;  // empty: it has ended
  Reached result;
};

Attempt begin(const Address& from, const Address& to, std::uint16_t port) {
  Attempt attempt;
  attempt.fd.reset(::socket(family_of(to), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto source = to_socket_address(from, 0);
  const auto target = to_socket_address(to, port);
  const bool begun =
      attempt.fd && ::bind(attempt.fd.get(), source.get(), source.size) == 0 &&
      (::connect(attempt.fd.get(), target.get(), target.size) == 0 || errno == EINPROGRESS);
  if (!begun) {
    attempt.result = from_error(errno);
    attempt.fd.reset();
  }
  return attempt;
}

void finish(Attempt& attempt) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(attempt.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  attempt.result = error == 0 ? Reached{.reach = Reach::open, .text = {}} : from_error(error);
  attempt.fd.reset();
}

}  // namespace

std::vector<Reached> reach_all(const Address& from, std::span<const Address> to, std::uint16_t port,
                               std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::vector<Attempt> attempts;
  for (const auto& address : to) attempts.push_back(begin(from, address, port));
  while (std::ranges::any_of(attempts, [](const Attempt& attempt) { return bool(attempt.fd); })) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    std::vector<pollfd> waiting;
    for (const auto& attempt : attempts) waiting.push_back({attempt.fd.get(), POLLOUT, 0});
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) < 0) continue;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (attempts[i].fd && waiting[i].revents != 0) finish(attempts[i]);
    }
  }
  std::vector<Reached> results;
  for (auto& attempt : attempts) results.push_back(std::move(attempt.result));
  return results;
}

}  // namespace kgnode::sys
