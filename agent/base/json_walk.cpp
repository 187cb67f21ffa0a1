/// A walk through one JSON text without building it.
#include "agent/base/json_walk.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// Bytes of the escape that begins `text`, 0 when it is none.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return 0;
  if (std::string_view("\"\\/bfnrt").contains(text[1])) return 2;
  if (text[1] != 'u' || text.size() < 6) return 0;
  return std::ranges::all_of(text.substr(2, 4), is_hex) ? 6 : 0;
}

// Bytes of a fraction or an exponent, 0 when there is none; `bad` when it has no digits.
std::size_t part_length(std::string_view text, std::string_view marks, bool sign, bool& bad) {
  if (text.empty() || !marks.contains(text[0])) return 0;
  std::size_t length = 1;
  if (sign && length < text.size() && (text[length] == '+' || text[length] == '-')) ++length;
  const auto digits = count_digits(text.substr(length));
  bad = bad || digits == 0;
  return length + digits;
}

}  // namespace

JsonWalk::JsonWalk(std::string_view text) : rest_(text) {
  skip_blanks();
  failed_ = rest_.empty();
}

void JsonWalk::skip_blanks() {
  const auto used = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
  rest_.remove_prefix(used);
}

char JsonWalk::peek() {
  skip_blanks();
  return failed_ || rest_.empty() ? '\0' : rest_.front();
}

bool JsonWalk::take(char c) {
  if (peek() != c) return false;
  rest_.remove_prefix(1);
  return true;
}

bool JsonWalk::take_word(std::string_view word) {
  if (!rest_.starts_with(word)) return false;
  rest_.remove_prefix(word.size());
  return true;
}

bool JsonWalk::enter(char open) {
  if (peek() != open) return false;
  if (++depth_ > kDepth) {
    failed_ = true;
    return true;  // it was one; what follows ends at once
  }
  rest_.remove_prefix(1);
  first_ = true;
  return true;
}

bool JsonWalk::next(char close) {
  if (failed_) return false;
  if (take(close)) {
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_ && !take(',')) failed_ = true;
  first_ = false;
  return !failed_;
}

std::optional<std::string_view> JsonWalk::next_key() {
  if (!next('}')) return std::nullopt;
  const auto key = peek() == '"' ? take_string() : std::nullopt;
  if (!key || !take(':')) {
    failed_ = true;
    return std::nullopt;
  }
  return key;
}

std::optional<std::string_view> JsonWalk::take_string() {
  std::size_t at = 1;
  while (at < rest_.size() && rest_[at] != '"') {
    const auto byte = static_cast<unsigned char>(rest_[at]);
    const std::size_t length = byte == '\\' ? escape_length(rest_.substr(at)) : byte < 0x20 ? 0 : 1;
    if (length == 0) break;
    at += length;
  }
  if (at >= rest_.size() || rest_[at] != '"') {
    failed_ = true;
    return std::nullopt;
  }
  const auto text = rest_.substr(1, at - 1);
  rest_.remove_prefix(at + 1);
  return text;
}

std::optional<std::string_view> JsonWalk::take_number() {
  std::size_t length = rest_.starts_with('-') ? 1 : 0;
  const auto digits = count_digits(rest_.substr(length));
  bool bad = digits == 0 || (digits > 1 && rest_[length] == '0');
  length += digits;
  length += part_length(rest_.substr(length), ".", false, bad);
  length += part_length(rest_.substr(length), "eE", true, bad);
  if (bad) {
    failed_ = true;
    return std::nullopt;
  }
  const auto text = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return text;
}

std::optional<std::string_view> JsonWalk::string() {
  if (peek() == '"') return take_string();
  skip();
  return std::nullopt;
}

std::optional<std::int64_t> JsonWalk::integer() {
  const char c = peek();
  if (c != '-' && !is_digit(c)) {
    skip();
    return std::nullopt;
  }
  const auto text = take_number();
  return text ? parse_int<std::int64_t>(*text) : std::nullopt;
}

std::optional<bool> JsonWalk::boolean() {
  (void)peek();  // what stands before it
  if (take_word("true")) return true;
  if (take_word("false")) return false;
  skip();
  return std::nullopt;
}

void JsonWalk::skip_members(char close) {
  while (close == '}' ? next_key().has_value() : next_item()) skip();
}

void JsonWalk::skip() {
  if (enter_object()) return skip_members('}');
  if (enter_array()) return skip_members(']');
  const char c = peek();
  if (c == '"') {
    (void)take_string();  // only that it is one
  } else if (c == '-' || is_digit(c)) {
    (void)take_number();  // the same
  } else if (!take_word("true") && !take_word("false") && !take_word("null")) {
    failed_ = true;
  }
}

bool JsonWalk::finish() {
  skip_blanks();
  return !failed_ && depth_ == 0 && rest_.empty();
}

}  // namespace kgnode
