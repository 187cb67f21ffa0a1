/// What sshd says about who failed to log in.
#include <array>
#include <cstdint>

#include "hardening/ban/lines.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

// sshd cuts a message at 500 bytes. A user name of 200 control bytes fills it, and what is left
// ends in an address of the attacker's choice.
constexpr std::size_t kCutFrom = 480;

/// Where the address is in what follows the first words of a shape. `tail` is what has to follow
/// it.
using Find = std::optional<Address> (*)(std::string_view rest, std::string_view tail);

bool take_port(std::string_view& text) {
  const auto digits = take_digits(text);
  return !digits.empty() && digits.size() <= 5;
}

// "ADDR port N": with a user in front of the address, its first word is no address.
std::optional<Address> take_source(std::string_view& text) {
  const auto word = take_until(text, ' ');
  if (!word || !take_prefix(text, "port ") || !take_port(text)) return std::nullopt;
  return parse_source(*word);
}

std::optional<Address> first_then_end(std::string_view rest, std::string_view tail) {
  const auto source = take_source(rest);
  return rest == tail ? source : std::nullopt;
}

std::optional<Address> first_then_text(std::string_view rest, std::string_view tail) {
  const auto source = take_source(rest);
  return rest.starts_with(tail) ? source : std::nullopt;
}

// "USER from ADDR", read from the end: the user name can hold all of it, but only before it.
std::optional<Address> last_word(std::string_view rest) {
  const auto blank = rest.rfind(' ');
  if (blank == std::string_view::npos || !rest.substr(0, blank).ends_with(" from"))
    return std::nullopt;
  return parse_source(rest.substr(blank + 1));
}

std::optional<Address> at_end(std::string_view rest, std::string_view tail) {
  if (!take_suffix(rest, tail)) return std::nullopt;
  const auto blank = rest.rfind(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  auto port = rest.substr(blank + 1);
  rest = rest.substr(0, blank);
  if (!take_port(port) || !port.empty() || !take_suffix(rest, " port")) return std::nullopt;
  return last_word(rest);
}

// "PAM: TEXT for USER from ADDR". One without an account has its "Failed" line beside it always,
// and one with an account has no blank in its name.
std::optional<Address> pam(std::string_view rest, std::string_view) {
  if (rest.contains(" for illegal user ")) return std::nullopt;
  return last_word(rest);
}

// "User NAME from ADDR not allowed because ...": the account exists, so the name has no blank. With
// UseDNS the second is a host name, and names nobody.
std::optional<Address> not_allowed(std::string_view rest, std::string_view tail) {
  if (!take_until(rest, ' ') || !take_prefix(rest, "from ")) return std::nullopt;
  const auto word = take_until(rest, ' ');
  return word && rest.starts_with(tail) ? parse_source(*word) : std::nullopt;
}

std::optional<Address> take_bracketed(std::string_view& text) {
  if (!take_prefix(text, "[")) return std::nullopt;
  const auto word = take_until(text, ']');
  if (!word || !take_prefix(text, ":") || !take_port(text)) return std::nullopt;
  return parse_source(*word);
}

// "#N from [ADDR]:P on [LOCAL]:P REASON"
std::optional<Address> dropped(std::string_view rest, std::string_view tail) {
  if (take_digits(rest).empty() || !take_prefix(rest, " from ")) return std::nullopt;
  const auto source = take_bracketed(rest);
  if (!take_prefix(rest, " on ") || !take_bracketed(rest)) return std::nullopt;
  return rest.starts_with(tail) ? source : std::nullopt;
}

bool is_private(const Address& address) {
  const auto& byte = address.bytes;
  if (is_loopback(address)) return true;
  if (address.family == Family::ipv6)
    return (byte[0] & 0xfeU) == 0xfc || (byte[0] == 0xfe && (byte[1] & 0xc0U) == 0x80);
  return byte[0] == 10 || (byte[0] == 172 && (byte[1] & 0xf0U) == 16) ||
         (byte[0] == 192 && byte[1] == 168) || (byte[0] == 100 && (byte[1] & 0xc0U) == 64) ||
         (byte[0] == 169 && byte[1] == 254);
}

// "A to B, pid = N". OpenSSH 9.8 says it the wrong way round, and nothing in the line tells which
// one it is: a public address that came to a private one is the only case that is certain.
std::optional<Address> timed_out(std::string_view rest, std::string_view tail) {
  const auto from = take_until(rest, ' ');
  if (!from || !take_prefix(rest, "to ")) return std::nullopt;
  const auto to = take_until(rest, ',');
  if (!to || !take_prefix(rest, tail) || take_digits(rest).empty() || !rest.empty())
    return std::nullopt;
  const auto source = parse_source(*from);
  const auto other = parse_source(*to);
  return source && other && !is_private(*source) && is_private(*other) ? source : std::nullopt;
}

/// Whether the unprivileged child says it before login ("[preauth]"), or its monitor.
enum class By : std::uint8_t { either, child, monitor };

struct Shape {
  std::uint16_t weight;
  std::string_view words;
  Find find;
  std::string_view tail;
  By by = By::either;
};

// docs/domains/ban.md says which lines of one attempt these are, and why the others are left out.
// Of shapes that begin alike the first one that fits counts.
constexpr std::array kShapes = {
    // A guess, or a name that nobody has.
    Shape{1, "Failed password for invalid user ", at_end, " ssh2"},
    Shape{2, "Failed password for ", at_end, " ssh2"},
    Shape{1, "Failed keyboard-interactive", at_end, " ssh2"},
    Shape{2, "PAM: ", pam},
    Shape{2, "Invalid user ", at_end},
    Shape{2, "User ", not_allowed, "not allowed because "},
    Shape{2, "ROOT LOGIN REFUSED FROM ", first_then_end, "", By::monitor},  // both say it
    Shape{2, "administratively prohibited connection for ", at_end},
    Shape{1, "maximum authentication attempts exceeded for ", at_end, " ssh2"},
    Shape{1, "Received disconnect from ", first_then_text, ":3: ", By::child},
    Shape{1, "Received disconnect from ", first_then_text, ":14: ", By::child},
    // A connection that never came to a name.
    Shape{1, "Connection closed by ", first_then_end},
    Shape{1, "Connection reset by ", first_then_end},
    Shape{1, "Connection from ", first_then_end, " timed out"},
    Shape{1, "Disconnected from ", first_then_end, "", By::child},
    Shape{1, "Disconnecting ", first_then_text, ": ", By::child},
    Shape{1, "Did not receive identification string from ", first_then_end},
    Shape{1, "Unable to negotiate with ", first_then_text, ": "},
    Shape{1, "banner exchange: Connection from ", first_then_text, ": "},
    Shape{1, "ssh_dispatch_run_fatal: Connection from ", first_then_text, ": "},
    Shape{1, "Timeout before authentication for ", first_then_end},
    Shape{1, "Timeout before authentication for connection from ", timed_out, " pid = "},
    Shape{2, "probed from ", first_then_text, " with "},
    Shape{2, "scanned from ", first_then_text, " with "},
    // sshd has convicted the source itself, or is so busy that it drops whoever comes.
    Shape{2, "drop connection #", dropped, " penalty: "},
    Shape{1, "drop connection #", dropped, " past Max"},
    Shape{1, "drop connection #", dropped, " Max"},
};

}  // namespace

std::optional<Hit> parse_sshd(std::string_view message) {
  if (message.size() >= kCutFrom) return std::nullopt;
  if (!take_prefix(message, "error: "))
    (void)take_prefix(message, "fatal: ");  // its level, or none
  const By by = take_suffix(message, " [preauth]") ? By::child : By::monitor;
  if (message.empty()) return std::nullopt;
  for (const auto& shape : kShapes) {
    // The first byte sorts out nearly all of them.
    if (message.front() != shape.words.front() || !message.starts_with(shape.words)) continue;
    if (shape.by != By::either && shape.by != by) continue;
    if (const auto source = shape.find(message.substr(shape.words.size()), shape.tail))
      return Hit{.address = *source, .weight = shape.weight};
  }
  return std::nullopt;
}

}  // namespace kgnode::hardening::ban
