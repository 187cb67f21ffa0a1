/// Limits on the raw text of a configuration.
#include "agent/config/preflight.hpp"

#include <format>

namespace kgnode::config {
namespace {

constexpr unsigned kMaxDepth = 16;

Position position_of(std::string_view text, std::size_t offset) {
  Position at{.line = 1, .column = 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80) {
      ++at.column;
    }
  }
  return at;
}

// The end of the string that opens at `start`; a single-line one ends with its line at the latest.
std::size_t end_of_string(std::string_view text, std::size_t start) {
  const char mark = text[start];
  const std::string three(3, mark);
  const bool multi = text.substr(start).starts_with(three);
  std::size_t i = start + (multi ? 3 : 1);
  for (; i < text.size(); ++i) {
    if (mark == '"' && text[i] == '\\') {
      ++i;
    } else if (multi && text.substr(i).starts_with(three)) {
      return i + 3;
    } else if (!multi && (text[i] == mark || text[i] == '\n')) {
      return i + 1;
    }
  }
  return text.size();
}

// Behind the string or comment that opens here, or behind this one byte.
std::size_t skip_quiet(std::string_view text, std::size_t at) {
  if (text[at] == '"' || text[at] == '\'') return end_of_string(text, at);
  if (text[at] == '#') return std::min(text.find('\n', at), text.size());
  return at + 1;
}

// Where the nesting of brackets, or the number of dots in one key, goes over the limit.
std::size_t too_deep_at(std::string_view text) {
  constexpr std::string_view kOpening = "[{";
  constexpr std::string_view kClosing = "]}";
  unsigned open = 0;
  unsigned dots = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size(); i = next) {
    next = skip_quiet(text, i);
    const char c = next == i + 1 ? text[i] : ' ';
    if (kOpening.contains(c)) ++open;
    if (kClosing.contains(c) && open > 0) --open;
    if (c == '.') ++dots;
    if (std::string_view("[]{}=,\n").contains(c)) dots = 0;
    if (open > kMaxDepth || dots > kMaxDepth) return i;
  }
  return std::string_view::npos;
}

}  // namespace

void check_text(std::string_view text, Problems& problems) {
  constexpr Position kStart = {.line = 1, .column = 1};
  if (text.size() > kMaxText) {
    return problems.error(
        kStart, std::format("the file has {} bytes; at most {} are read", text.size(), kMaxText));
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return problems.error(kStart, "the file is UTF-16", "save it as UTF-8");
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return problems.error(position_of(text, nul), "the file contains a NUL byte",
                          "save it as plain UTF-8 text");
  }
  if (const auto deep = too_deep_at(text); deep != std::string_view::npos)
    problems.error(position_of(text, deep), std::format("nested more than {} deep", kMaxDepth));
}

}  // namespace kgnode::config
