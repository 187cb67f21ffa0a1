#pragma once
/// The forms of a join token.
#include <cstdint>
#include <optional>
#include <string_view>

namespace kgnode::k3s {

/// `password`: of servers or of agents, by which alone one cannot tell. `bootstrap`: lets agents
/// join, for 24 hours.
enum class TokenKind : std::uint8_t { password, bootstrap };

/// Views into the text that was parsed.
struct Token {
  TokenKind kind = TokenKind::password;
  std::string_view ca_hash;  // 64 hexadecimal digits; empty: it pins no CA
  std::string_view user;     // "server" or "node"; empty: it names none
  std::string_view secret;   // the password, or the whole bootstrap token
};

/// nullopt: K3s would refuse it. Blanks around it do not count, as K3s trims files.
std::optional<Token> parse_token(std::string_view text);

}  // namespace kgnode::k3s
