/// What K3s says about a request that it refused.
#include <algorithm>

#include "hardening/ban/lines.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

// 401 is a token that nobody has. 403 is one that is known and may not do this: a node with a wrong
// password or role, never an attacker who guesses.
constexpr std::uint16_t kUnknownToken = 2;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// logrus: time="..." level=error msg="...". Both fields come before anything of a client.
bool take_level(std::string_view& text) {
  if (take_prefix(text, "time=\"")) {
    const auto time = take_until(text, '"');
    if (!time || time->contains('\\') || !take_prefix(text, " ")) return false;
  }
  if (!take_prefix(text, "level=")) return false;
  const auto level = take_until(text, ' ');
  return level && std::ranges::all_of(*level, is_lower);
}

// "HTTP/1.1", "HTTP/2.0"; older releases say "HTTP".
bool take_protocol(std::string_view& text) {
  if (!take_prefix(text, "HTTP")) return false;
  if (take_prefix(text, "/") && take_digits(text).empty()) return false;
  if (take_prefix(text, ".") && take_digits(text).empty()) return false;
  return take_prefix(text, " ");
}

// "192.0.2.1:4711: " or "[2001:db8::1]:4711: "
std::optional<Address> take_peer(std::string_view& text) {
  const bool bracketed = take_prefix(text, "[");
  const auto word = take_until(text, bracketed ? ']' : ':');
  if (!word || (bracketed && !take_prefix(text, ":"))) return std::nullopt;
  if (take_digits(text).empty() || !take_prefix(text, ": ")) return std::nullopt;
  const auto source = parse_source(*word);
  return source && bracketed == word->contains(':') ? source : std::nullopt;
}

}  // namespace

std::optional<Hit> parse_supervisor(std::string_view message) {
  if (!take_level(message) || !take_prefix(message, "msg=\"Sending ") || !take_protocol(message) ||
      !take_prefix(message, "401 response to "))
    return std::nullopt;
  const auto source = take_peer(message);
  if (!source) return std::nullopt;
  return Hit{.address = *source, .weight = kUnknownToken};
}

}  // namespace kgnode::hardening::ban
