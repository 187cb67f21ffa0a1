/// The forms of a join token.
#include "k3s/join/token.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::string_view kPrefix = "K10";
constexpr std::string_view kEnd = "::";
constexpr std::size_t kHash = 64;

// "[a-z0-9]{6}.[a-z0-9]{16}"
bool is_bootstrap(std::string_view text) {
  constexpr std::size_t kIdentifier = 6;
  constexpr std::size_t kLength = 23;
  if (text.size() != kLength || text[kIdentifier] != '.') return false;
  const auto is_letter = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  };
  return std::ranges::all_of(text.substr(0, kIdentifier), is_letter) &&
         std::ranges::all_of(text.substr(kIdentifier + 1), is_letter);
}

std::optional<Token> parse_secret(std::string_view text, std::string_view hash) {
  if (is_bootstrap(text))
    return Token{.kind = TokenKind::bootstrap, .ca_hash = hash, .user = {}, .secret = text};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto secret = text.substr(colon + 1);
  if (secret.empty()) return std::nullopt;
  return Token{.kind = TokenKind::password,
               .ca_hash = hash,
               .user = text.substr(0, colon),
               .secret = secret};
}

}  // namespace

std::optional<Token> parse_token(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  if (!text.starts_with(kPrefix)) {
    if (is_bootstrap(text)) return parse_secret(text, {});
    return Token{.kind = TokenKind::password, .ca_hash = {}, .user = {}, .secret = text};
  }
  const auto end = text.find(kEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const auto hash = text.substr(kPrefix.size(), end - kPrefix.size());
  if (!hash.empty() && hash.size() != kHash) return std::nullopt;
  return parse_secret(text.substr(end + kEnd.size()), hash);
}

}  // namespace kgnode::k3s
