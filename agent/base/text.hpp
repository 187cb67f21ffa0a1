#pragma once
/// Text without locale: split, trim, numbers, quoting, "did you mean".
#include <charconv>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode {

/// Cuts at every `separator`; "a,,b" gives three parts, "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Words between runs of blanks and tabs; no empty part.
std::vector<std::string_view> split_words(std::string_view text);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);  // ASCII only
std::string join(std::span<const std::string> parts, std::string_view separator);

/// The whole text must be one number of `base`; no sign for unsigned types, no blanks.
template <std::integral T>
std::optional<T> parse_int(std::string_view text, int base = 10) {
  T value{};
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// In double quotes, control bytes and quotes escaped as \xNN: safe for a terminal or a log.
std::string quote(std::string_view text);
/// Valid UTF-8 without control characters and without marks that turn the direction of writing;
/// every other byte is escaped as \xNN. For what a stranger wrote, on its way to a terminal or
/// JSON.
std::string printable(std::string_view text);
/// At most so many bytes, cut between two characters of UTF-8 and then ended by "…"; `limit` is 3
/// or more.
std::string shorten(std::string_view text, std::size_t limit);

/// The candidate within an edit distance of a third of the word's length, at least one.
std::optional<std::string_view> closest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace kgnode
