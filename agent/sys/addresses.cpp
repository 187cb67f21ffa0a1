/// The addresses that this host has at this moment.
#include "agent/sys/addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "agent/base/handle.hpp"

namespace kgnode::sys {
namespace {

using InterfacesPtr = Handle<ifaddrs, freeifaddrs>;

template <class Socket, class Field>
Address read_address(const sockaddr& from, Family family, Field field) {
  Socket socket;
  std::memcpy(&socket, &from, sizeof socket);
  Address address{.family = family};
  std::memcpy(address.bytes.data(), &(socket.*field), sizeof(socket.*field));
  return address;
}

std::optional<Address> to_address(const sockaddr* from) {
  if (from == nullptr) return std::nullopt;
  if (from->sa_family == AF_INET)
    return read_address<sockaddr_in>(*from, Family::ipv4, &sockaddr_in::sin_addr);
  if (from->sa_family == AF_INET6)
    return read_address<sockaddr_in6>(*from, Family::ipv6, &sockaddr_in6::sin6_addr);
  return std::nullopt;
}

}  // namespace

Result<std::vector<Address>> list_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return fail(Error::from_errno("list the addresses of this host"));
  const InterfacesPtr interfaces(first);
  std::vector<Address> addresses;
  for (const auto* next = first; next != nullptr; next = next->ifa_next) {
    if (const auto address = to_address(next->ifa_addr)) addresses.push_back(*address);
  }
  std::ranges::sort(addresses);
  addresses.erase(std::ranges::unique(addresses).begin(), addresses.end());
  return addresses;
}

}  // namespace kgnode::sys
