/// Our addresses as the kernel takes them.
#include "agent/sys/socket_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace kgnode::sys {

SocketAddress to_socket_address(const Address& address, std::uint16_t port, unsigned interface) {
  SocketAddress result;
  if (address.family == Family::ipv6) {
    sockaddr_in6 to{.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = interface};
    std::memcpy(&to.sin6_addr, address.bytes.data(), sizeof to.sin6_addr);
    std::memcpy(&result.storage, &to, result.size = sizeof to);
  } else {
    sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port)};
    std::memcpy(&to.sin_addr, address.bytes.data(), sizeof to.sin_addr);
    std::memcpy(&result.storage, &to, result.size = sizeof to);
  }
  return result;
}

std::optional<Address> to_address(const sockaddr_storage& storage) {
  Address address;
  if (storage.ss_family == AF_INET) {
    sockaddr_in from{};
    std::memcpy(&from, &storage, sizeof from);
    std::memcpy(address.bytes.data(), &from.sin_addr, sizeof from.sin_addr);
    return address;
  }
  if (storage.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 from{};
  std::memcpy(&from, &storage, sizeof from);
  if (IN6_IS_ADDR_V4MAPPED(&from.sin6_addr)) {
    std::memcpy(address.bytes.data(), from.sin6_addr.s6_addr + 12, 4);
    return address;
  }
  address.family = Family::ipv6;
  std::memcpy(address.bytes.data(), &from.sin6_addr, sizeof from.sin6_addr);
  return address;
}

}  // namespace kgnode::sys
