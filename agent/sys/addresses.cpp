/// The addresses that this host has at this moment.
#include "agent/sys/addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "agent/base/handle.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/socket_address.hpp"

namespace kgnode::sys {
namespace {

using InterfacesPtr = Handle<ifaddrs, freeifaddrs>;

std::optional<Address> address_of(const sockaddr* from) {
  if (from == nullptr) return std::nullopt;
  sockaddr_storage storage{};
  if (from->sa_family == AF_INET) {
    std::memcpy(&storage, from, sizeof(sockaddr_in));
  } else if (from->sa_family == AF_INET6) {
    std::memcpy(&storage, from, sizeof(sockaddr_in6));
  }
  return to_address(storage);
}

Result<InterfacesPtr> list_interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return fail(Error::from_errno("list the addresses of this host"));
  return InterfacesPtr(first);
}

}  // namespace

Result<std::vector<Address>> list_addresses() {
  const auto interfaces = TRY(list_interfaces());
  std::vector<Address> addresses;
  for (const auto* next = interfaces.get(); next != nullptr; next = next->ifa_next) {
    if (const auto address = address_of(next->ifa_addr)) addresses.push_back(*address);
  }
  std::ranges::sort(addresses);
  addresses.erase(std::ranges::unique(addresses).begin(), addresses.end());
  return addresses;
}

Result<std::string> find_interface(const Address& address) {
  const auto interfaces = TRY(list_interfaces());
  for (const auto* next = interfaces.get(); next != nullptr; next = next->ifa_next) {
    if (address_of(next->ifa_addr) == address) return std::string(next->ifa_name);
  }
  return std::string();
}

std::size_t interface_mtu(const Address& address) {
  const auto interface = find_interface(address).value_or("");
  const UniqueFd socket(::socket(family_of(address), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (interface.empty() || interface.size() >= sizeof request.ifr_name) return 0;
  std::memcpy(request.ifr_name, interface.data(), interface.size());
  return ::ioctl(socket.get(), SIOCGIFMTU, &request) < 0
             ? 0
             : static_cast<std::size_t>(request.ifr_mtu);
}

}  // namespace kgnode::sys
