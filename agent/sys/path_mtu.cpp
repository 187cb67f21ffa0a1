/// Echo requests of two sizes.
#include "agent/sys/path_mtu.hpp"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>

#include <array>
#include <cstring>
#include <string>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/addresses.hpp"
#include "agent/sys/socket_address.hpp"

namespace kgnode::sys {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr std::size_t kSmall = 64;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr int kTries = 3;  // one may be lost, or fall under the rate limit of the other side

// The probing kind: what was learnt of the path before is not asked, so a large packet does leave.
bool forbid_cutting(const UniqueFd& socket, Family family) {
  const int probe = family == Family::ipv6 ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE;
  return family == Family::ipv6
             ? ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe, sizeof probe) ==
                   0
             : ::setsockopt(socket.get(), IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe) == 0;
}

// The kernel fills in identifier and checksum of an ICMP socket (icmp(7), ping_group_range).
std::string echo_request(Family family, std::size_t size, std::uint8_t number) {
  std::string packet(size, '\0');
  packet[0] = static_cast<char>(family == Family::ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
  packet[7] = static_cast<char>(number);
  return packet;
}

bool has_answer(const UniqueFd& socket, std::uint8_t number, Time end) {
  std::array<char, 65536> answer{};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{socket.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    const auto got = ::recv(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT);
    if (got >= 8 && answer[7] == static_cast<char>(number)) return true;
  }
}

bool is_answered(const UniqueFd& socket, Family family, std::size_t size,
                 std::chrono::milliseconds limit) {
  for (int number = 1; number <= kTries; ++number) {
    const auto mark = static_cast<std::uint8_t>(number + (size == kSmall ? 0 : kTries));
    const auto packet = echo_request(family, size, mark);
    const auto sent = ::send(socket.get(), packet.data(), packet.size(), 0);
    const auto end = std::chrono::steady_clock::now() + limit / kTries;
    if (sent == static_cast<ssize_t>(packet.size()) && has_answer(socket, mark, end)) return true;
  }
  return false;
}

}  // namespace

PathMtuResult probe_path_mtu(const Address& from, const Address& to,
                             std::chrono::milliseconds limit) {
  const bool ipv6 = to.family == Family::ipv6;
  const UniqueFd socket(::socket(family_of(to), SOCK_DGRAM | SOCK_CLOEXEC,
                                 ipv6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP}));
  const auto source = to_socket_address(from, 0);
  const auto target = to_socket_address(to, 0);
  if (!socket || ::bind(socket.get(), source.get(), source.size) < 0 ||
      ::connect(socket.get(), target.get(), target.size) < 0 || !forbid_cutting(socket, to.family))
    return {};
  PathMtuResult result{.mtu = static_cast<unsigned>(interface_mtu(from))};
  const auto header = ipv6 ? kIpv6Header : kIpv4Header;
  if (result.mtu < header + kSmall || !is_answered(socket, to.family, kSmall, limit)) return result;
  result.path =
      is_answered(socket, to.family, result.mtu - header, limit) ? PathMtu::whole : PathMtu::cut;
  return result;
}

}  // namespace kgnode::sys
