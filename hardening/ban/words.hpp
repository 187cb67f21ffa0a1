#pragma once
/// Taking a line apart from its fixed ends: nothing is ever searched for in what a stranger wrote.
#include <algorithm>
#include <optional>
#include <string_view>

#include "agent/base/net.hpp"

namespace kgnode::hardening::ban {

inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

inline bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// What stands before the next `end`, which is taken too; without one nothing is taken.
inline std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

/// The longest run of digits, which may be empty.
inline std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

/// An address that stands alone. One that a dual-stack socket maps into IPv6 is the IPv4 address
/// whose packets are to be dropped.
std::optional<Address> parse_source(std::string_view word);

}  // namespace kgnode::hardening::ban
