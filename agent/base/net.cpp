/// Addresses, prefixes and ports as values.
#include "agent/base/net.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode {
namespace {

// IPv4 by hand, both ways: most of a day of logs is this, and inet_ntop prints it with printf.
constexpr std::size_t kOctets = 4;

std::optional<std::uint8_t> take_octet(std::string_view& text) {
  unsigned value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9'; ++digits)
    value = value * 10 + static_cast<unsigned>(text[digits] - '0');
  if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<std::uint8_t>(value);
}

std::optional<Address> parse_ipv4(std::string_view text) {
  Address address;
  for (std::size_t i = 0; i < kOctets; ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto octet = take_octet(text);
    if (!octet) return std::nullopt;
    address.bytes[i] = *octet;
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

std::string to_ipv4(const Address& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  char* end = text.data();
  for (std::size_t i = 0; i < kOctets; ++i) {
    if (i > 0) *end++ = '.';
    end = std::to_chars(end, text.data() + text.size(), address.bytes[i]).ptr;
  }
  return {text.data(), end};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (!text.contains(':')) return parse_ipv4(text);
  // inet_pton stops at a NUL byte and would take what stands before it.
  if (text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  std::ranges::copy(text, terminated.begin());
  Address address{.family = Family::ipv6};
  if (::inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string to_string(const Address& address) {
  if (address.family == Family::ipv4) return to_ipv4(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
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

std::vector<Prefix> merge_prefixes(std::vector<Prefix> prefixes) {
  std::ranges::sort(prefixes);  // a network comes before those inside it
  std::vector<Prefix> merged;
  for (const auto& prefix : prefixes) {
    if (merged.empty() || !merged.back().contains(prefix)) merged.push_back(prefix);
  }
  return merged;
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
