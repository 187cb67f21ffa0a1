/// Private keys as PEM.
#include <algorithm>
#include <optional>

#include "agent/support/redact.hpp"

namespace kgnode::support {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kPrivate = "PRIVATE KEY";
// RSA with 16384 bits, each line of it as one of a log.
constexpr std::size_t kLongest = std::size_t{48} << 10;
constexpr std::size_t kMostLines = 220;

/// Where the mark that begins at `at` ends; npos: it is not one of a private key.
std::size_t end_of_mark(std::string_view text, std::size_t at, std::string_view kind) {
  const auto name = at + kind.size();
  const auto end = text.find(kDashes, name);
  constexpr std::size_t kLongestName = 64;
  if (end == std::string_view::npos || end - name > kLongestName) return std::string_view::npos;
  return text.substr(name, end - name).contains(kPrivate) ? end + kDashes.size()
                                                          : std::string_view::npos;
}

struct Mark {
  std::size_t begin;
  std::size_t end;
};

std::optional<Mark> find_mark(std::string_view text, std::size_t from, std::string_view kind) {
  for (auto at = text.find(kind, from); at != std::string_view::npos;
       at = text.find(kind, at + kind.size())) {
    const auto end = end_of_mark(text, at, kind);
    if (end != std::string_view::npos) return Mark{at, end};
  }
  return std::nullopt;
}

bool is_digit_of_base64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
         c == '/' || c == '=';
}

/// Where the last word of a line begins, when it is Base64; npos otherwise.
std::size_t last_word(std::string_view line) {
  constexpr std::size_t kShortest = 8;
  std::size_t begin = line.size();
  while (begin > 0 && is_digit_of_base64(line[begin - 1])) --begin;
  return line.size() - begin >= kShortest ? begin : std::string_view::npos;
}

/// Where what stands without a blank at the end of a line begins: a key whose line breaks are
/// escaped.
std::size_t last_run(std::string_view line) {
  const auto blank = line.find_last_of(" \t");
  const auto begin = blank == std::string_view::npos ? 0 : blank + 1;
  return begin < line.size() ? begin : std::string_view::npos;
}

/// How far the lines of a key go that has no end here.
std::size_t hide_after(std::string_view text, std::size_t at, std::string& clean) {
  const auto rest = std::min(text.find('\n', at), text.size());
  if (rest > at) clean += kHidden;
  at = rest;
  for (std::size_t lines = 0; at < text.size() && lines < kMostLines; ++lines) {
    const auto end = std::min(text.find('\n', at + 1), text.size());
    const auto line = text.substr(at, end - at);
    const auto word = last_word(line);
    if (word == std::string_view::npos) break;
    clean += line.substr(0, word);
    clean += kHidden;
    at = end;
  }
  return at;
}

/// The same backwards, for one whose beginning is not here.
void hide_before(std::string& clean) {
  auto end = clean.size();
  for (std::size_t lines = 0; lines < kMostLines; ++lines) {
    const auto line = end == 0 ? 0 : clean.rfind('\n', end - 1) + 1;
    const auto text = std::string_view(clean).substr(line, end - line);
    const auto word = lines == 0 ? last_run(text) : last_word(text);
    if (word == std::string_view::npos && lines > 0) return;
    if (word != std::string_view::npos) clean.replace(line + word, end - line - word, kHidden);
    if (line == 0) return;
    end = line - 1;
  }
}

}  // namespace

std::size_t hide_keys(std::string& text) {
  std::string clean;
  std::size_t count = 0;
  std::size_t done = 0;
  const std::string_view all = text;
  for (;; ++count) {
    const auto begin = find_mark(all, done, kBegin);
    const auto end = find_mark(all, done, kEnd);
    if (!begin && !end) break;
    if (begin && end && begin->end <= end->begin && end->end - begin->begin <= kLongest) {
      clean.append(all, done, begin->begin - done);
      clean += kHidden;
      done = end->end;
    } else if (begin && (!end || begin->begin < end->begin)) {
      clean.append(all, done, begin->begin - done);
      clean += kHidden;
      done = hide_after(all, begin->end, clean);
    } else {
      clean.append(all, done, end->begin - done);
      hide_before(clean);
      clean += kHidden;
      done = end->end;
    }
  }
  if (count == 0) return 0;
  clean.append(all, done);
  text = std::move(clean);
  return count;
}

}  // namespace kgnode::support
