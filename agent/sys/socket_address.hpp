#pragma once
/// Our addresses as the kernel takes them.
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "agent/base/net.hpp"

namespace kgnode::sys {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// `interface`: index, for a link-local address.
SocketAddress to_socket_address(const Address& address, std::uint16_t port, unsigned interface = 0);

/// An IPv4 address that came over an IPv6 socket is given as IPv4 (RFC 4291 section 2.5.5.2);
/// nullopt: of another family.
std::optional<Address> to_address(const sockaddr_storage& storage);

inline int family_of(const Address& address) {
  return address.family == Family::ipv6 ? AF_INET6 : AF_INET;
}

}  // namespace kgnode::sys
