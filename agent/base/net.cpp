/// Addresses, prefixes and ports as values.
#include "agent/base/net.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode {

std::optional<Address> parse_address(std::string_view text) {
  // inet_pton stops at a NUL byte and would take what stands before it.
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
  const std::string terminated(text);
  Address address;
  const bool ipv6 = text.contains(':');
  address.family = ipv6 ? Family::ipv6 : Family::ipv4;
  if (::inet_pton(ipv6 ? AF_INET6 : AF_INET, terminated.c_str(), address.bytes.data()) != 1)
    return std::nullopt;
  return address;
}

std::string to_string(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.family == Family::ipv4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, address.bytes.data(), text.data(), text.size());
  return text.data();
}

bool is_loopback(const Address& address) {
  if (address.family == Family::ipv4) return address.bytes[0] == 127;
  return address ==
         Address{.family = Family::ipv6, .bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
}

namespace {

std::uint8_t mask_byte(unsigned length, std::size_t index) {
  const auto start = static_cast<unsigned>(index) * 8;
  if (length >= start + 8) return 0xff;
  if (length <= start) return 0;
  return static_cast<std::uint8_t>(0xff00U >> (length - start));
}

}  // namespace

Prefix make_prefix(const Address& address, std::uint8_t length) {
  Prefix prefix{.network = address, .length = length};
  for (std::size_t i = 0; i < prefix.network.bytes.size(); ++i)
    prefix.network.bytes[i] &= mask_byte(length, i);
  return prefix;
}

Prefix make_host_prefix(const Address& address) {
  return {.network = address, .length = static_cast<std::uint8_t>(address.bits())};
}

bool Prefix::contains(const Address& address) const {
  return address.family == network.family && make_prefix(address, length).network == network;
}

bool Prefix::contains(const Prefix& other) const {
  return other.length >= length && contains(other.network);
}

Address Prefix::last() const {
  Address end = network;
  for (std::size_t i = 0; i < network.bits() / 8; ++i)
    end.bytes[i] |= static_cast<std::uint8_t>(~mask_byte(length, i));
  return end;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return make_host_prefix(*address);
  const auto length = parse_int<std::uint8_t>(text.substr(slash + 1));
  if (!length || *length > address->bits()) return std::nullopt;
  const auto prefix = make_prefix(*address, *length);
  if (prefix.network != *address) return std::nullopt;
  return prefix;
}

std::string to_string(const Prefix& prefix) {
  if (prefix.length == prefix.network.bits()) return to_string(prefix.network);
  return std::format("{}/{}", to_string(prefix.network), prefix.length);
}

std::string_view to_string(Protocol protocol) { return protocol == Protocol::tcp ? "tcp" : "udp"; }

std::optional<PortRange> parse_port_range(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  PortRange range;
  const auto protocol = text.substr(slash + 1);
  if (protocol != "tcp" && protocol != "udp") return std::nullopt;
  range.protocol = protocol == "tcp" ? Protocol::tcp : Protocol::udp;
  const auto ports = text.substr(0, slash);
  const auto dash = ports.find('-');
  const auto first = parse_int<std::uint16_t>(ports.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : parse_int<std::uint16_t>(ports.substr(dash + 1));
  if (!first || !last || *first == 0 || *first > *last) return std::nullopt;
  range.first = *first;
  range.last = *last;
  return range;
}

std::string to_string(const PortRange& range) {
  if (range.first == range.last)
    return std::format("{}/{}", range.first, to_string(range.protocol));
  return std::format("{}-{}/{}", range.first, range.last, to_string(range.protocol));
}

}  // namespace kgnode
