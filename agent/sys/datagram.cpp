/// Questions and answers of one datagram each.
#include "agent/sys/datagram.hpp"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <format>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/socket_address.hpp"

namespace kgnode::sys {
namespace {

constexpr std::chrono::milliseconds kAgain{300};  // a lost datagram is asked for again
constexpr int kBurst = 64;                        // and then the loop has its turn

struct Raw {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  std::array<char, kDatagramLimit> bytes{};
  ssize_t length = -1;

  std::string_view view() const { return {bytes.data(), static_cast<std::size_t>(length)}; }
};

Raw receive(int socket) {
  Raw datagram;
  // With MSG_TRUNC the true length is told, so that one that was too long is not taken for whole.
  datagram.length =
      ::recvfrom(socket, datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT | MSG_TRUNC,
                 reinterpret_cast<sockaddr*>(&datagram.from), &datagram.size);
  return datagram;
}

bool is_whole(const Raw& datagram) {
  return datagram.length <= static_cast<ssize_t>(datagram.bytes.size());
}

std::uint16_t port_of(const sockaddr_storage& storage) {
  std::uint16_t port = 0;  // both families have it at the same place
  std::memcpy(&port, reinterpret_cast<const char*>(&storage) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  return ntohs(port);
}

/// The address to send from, as the kernel wants it beside the bytes (ip(7), ipv6(7)).
class From {
 public:
  explicit From(const Address& address) {
    if (address.family == Family::ipv4) {
      in_pktinfo info{};
      std::memcpy(&info.ipi_spec_dst, address.bytes.data(), sizeof info.ipi_spec_dst);
      put(IPPROTO_IP, IP_PKTINFO, info);
    } else {
      in6_pktinfo info{};
      std::memcpy(&info.ipi6_addr, address.bytes.data(), sizeof info.ipi6_addr);
      put(IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
  }
  void attach(msghdr& message) {
    message.msg_control = bytes_.data();
    message.msg_controllen = size_;
  }

 private:
  template <class Info>
  void put(int level, int type, const Info& info) {
    cmsghdr head{.cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = level, .cmsg_type = type};
    std::memcpy(bytes_.data(), &head, sizeof head);
    std::memcpy(bytes_.data() + CMSG_LEN(0), &info, sizeof info);
    size_ = CMSG_SPACE(sizeof info);
  }

  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

std::vector<std::optional<std::string>> ask_all(const Address& from, std::span<const Address> to,
                                                std::uint16_t port, std::string_view question,
                                                std::chrono::milliseconds limit,
                                                const TakeDatagram& take) {
  std::vector<std::optional<std::string>> answers(to.size());
  const UniqueFd socket(::socket(family_of(from), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto source = to_socket_address(from, 0);
  if (!socket || ::bind(socket.get(), source.get(), source.size) < 0) return answers;
  const auto end = std::chrono::steady_clock::now() + limit;
  auto again = std::chrono::steady_clock::now();
  const auto is_open = [](const std::optional<std::string>& answer) { return !answer; };
  while (std::ranges::any_of(answers, is_open)) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) break;
    for (std::size_t i = 0; now >= again && i < to.size(); ++i) {
      const auto target = to_socket_address(to[i], port);
      if (!answers[i])
        (void)::sendto(socket.get(), question.data(), question.size(), 0, target.get(),
                       target.size);
    }
    if (now >= again) again = now + kAgain;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(end, again) - now);
    pollfd waiting{socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    const auto datagram = receive(socket.get());
    if (datagram.length < 0 || !is_whole(datagram)) continue;
    const auto sender = to_address(datagram.from);
    const auto found = sender ? std::ranges::find(to, *sender) : to.end();
    if (found == to.end()) continue;
    const auto index = static_cast<std::size_t>(found - to.begin());
    if (!answers[index]) answers[index] = take(index, datagram.view());
  }
  return answers;
}

std::vector<Datagram> read_datagrams(int socket) {
  std::vector<Datagram> all;
  for (int i = 0; i < kBurst; ++i) {
    const auto datagram = receive(socket);
    if (datagram.length < 0) break;
    const auto sender = to_address(datagram.from);
    if (sender && is_whole(datagram))
      all.push_back(
          {.from = *sender, .port = port_of(datagram.from), .bytes = std::string(datagram.view())});
  }
  return all;
}

Result<> send_datagram(int socket, const Address& from, const Address& to, std::uint16_t port,
                       std::string_view bytes) {
  auto target = to_socket_address(to, port);
  std::string copy(bytes);  // sendmsg(2) takes no const
  iovec part{.iov_base = copy.data(), .iov_len = copy.size()};
  msghdr message{
      .msg_name = &target.storage, .msg_namelen = target.size, .msg_iov = &part, .msg_iovlen = 1};
  From source(from);
  source.attach(message);
  if (::sendmsg(socket, &message, MSG_DONTWAIT) < 0)
    return fail(Error::from_errno(std::format("send to {}", to_string(to))));
  return {};
}

Result<> never_fragment(int socket) {
  const int ipv4 = IP_PMTUDISC_PROBE;
  const int ipv6 = IPV6_PMTUDISC_PROBE;
  if (::setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, &ipv4, sizeof ipv4) < 0)
    return fail(Error::from_errno("set IP_MTU_DISCOVER"));
  // A socket of IPv4 alone knows no such option.
  (void)::setsockopt(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &ipv6, sizeof ipv6);
  return {};
}

}  // namespace kgnode::sys
