/// Taking a line apart from its fixed ends.
#include "hardening/ban/words.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace kgnode::hardening::ban {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<Address> parse_source(std::string_view word) {
  auto address = parse_address(word);
  if (!address || address->family == Family::ipv4) return address;
  if (!std::ranges::equal(std::span(address->bytes).first<12>(), kMapped)) return address;
  Address inner;
  std::ranges::copy(std::span(address->bytes).last<4>(), inner.bytes.begin());
  return inner;
}

}  // namespace kgnode::hardening::ban
