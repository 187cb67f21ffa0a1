#pragma once
/// Addresses, prefixes and ports as values: strict to parse, canonical to print (RFC 5952),
/// ordered.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode {

enum class Family : std::uint8_t { ipv4, ipv6 };

/// An IPv4 or IPv6 address, network byte order; IPv4 uses the first four bytes, the rest is zero.
struct Address {
  Family family = Family::ipv4;
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Address&) const = default;
  unsigned bits() const { return family == Family::ipv4 ? 32 : 128; }
};

/// Only what inet_pton takes, and no zone: "010.0.0.1", "10.1" and "fe80::1%eth0" are refused.
std::optional<Address> parse_address(std::string_view text);
std::string to_string(const Address& address);
bool is_loopback(const Address& address);

/// A network: `length` is 0..32 or 0..128, host bits are zero.
struct Prefix {
  Address network;
  std::uint8_t length = 0;

  auto operator<=>(const Prefix&) const = default;
  bool contains(const Address& address) const;
  bool contains(const Prefix& other) const;
  Address last() const;
};

/// "10.0.0.0/24", or one address (its full length). Host bits set ("10.0.0.1/24") is nullopt:
/// nobody knows which of the two was meant.
std::optional<Prefix> parse_prefix(std::string_view text);
std::string to_string(const Prefix& prefix);
Prefix make_prefix(const Address& address, std::uint8_t length);  // clears the host bits
Prefix make_host_prefix(const Address& address);

/// Sorted; a network inside another is dropped, as sets of intervals in the kernel want it.
std::vector<Prefix> merge_prefixes(std::vector<Prefix> prefixes);

enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };
std::string_view to_string(Protocol protocol);

/// A range of ports of one protocol, first <= last, 1..65535: "6443/tcp", "30000-32767/udp".
struct PortRange {
  Protocol protocol = Protocol::tcp;
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  auto operator<=>(const PortRange&) const = default;
};

std::optional<PortRange> parse_port_range(std::string_view text);
std::string to_string(const PortRange& range);

}  // namespace kgnode
