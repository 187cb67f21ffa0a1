/// Diagnostics: collecting, ordering, printing.
#include "agent/config/diagnostic.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <ranges>

#include "agent/base/text.hpp"

namespace kgnode::config {
namespace {

constexpr std::size_t kShownValue = 80;
constexpr std::size_t kShownLine = 240;
constexpr std::size_t kMaxShown = 100;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }

// At most `limit` bytes, not through the middle of a character.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && is_continuation(text[limit])) --limit;
  return text.substr(0, limit);
}

// First bytes of a character and what may follow them (RFC 3629 §4), but for the C1 controls, which
// move a terminal's cursor too.
struct Lead {
  unsigned char first, last;
  unsigned char second_first, second_last;
  std::size_t length;
};
constexpr std::array kLeads = {Lead{0xc2, 0xc2, 0xa0, 0xbf, 2}, Lead{0xc3, 0xdf, 0x80, 0xbf, 2},
                               Lead{0xe0, 0xe0, 0xa0, 0xbf, 3}, Lead{0xe1, 0xec, 0x80, 0xbf, 3},
                               Lead{0xed, 0xed, 0x80, 0x9f, 3}, Lead{0xee, 0xef, 0x80, 0xbf, 3},
                               Lead{0xf0, 0xf0, 0x90, 0xbf, 4}, Lead{0xf1, 0xf3, 0x80, 0xbf, 4},
                               Lead{0xf4, 0xf4, 0x80, 0x8f, 4}};

// The length of the well-formed UTF-8 character at the start, 0 when it is none or a control.
std::size_t printable_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) == '\t' || (byte(0) >= 0x20 && byte(0) != 0x7f) ? 1 : 0;
  const auto lead = std::ranges::find_if(kLeads, [first = byte(0)](const Lead& each) {
    return first >= each.first && first <= each.last;
  });
  if (lead == kLeads.end() || text.size() < lead->length) return 0;
  if (byte(1) < lead->second_first || byte(1) > lead->second_last) return 0;
  const auto rest = text.substr(2, lead->length - 2);
  return std::ranges::all_of(rest, is_continuation) ? lead->length : 0;
}

std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto length = printable_length(text);
    line += length == 0 ? "?" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return line;
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 3))
    ++count;
  return count;
}

// Where a secret could start in this line: behind its key, a near miss of that, or its first bytes.
std::size_t secret_start(std::string_view line) {
  constexpr std::array kWords = {std::string_view("token"), std::string_view("passphrase")};
  const auto equals = line.find('=');
  if (equals != std::string_view::npos) {
    const auto key = trim(line.substr(0, equals));
    const auto last = key.substr(std::min(key.size(), key.find_last_of(". \t\"'{,") + 1));
    if (closest(to_lower(last), kWords)) return equals + 1;
  }
  const auto lower = to_lower(line);
  for (const auto word : kWords) {
    const auto named = lower.find(word);
    if (named != std::string::npos) return named + word.size();
  }
  return std::min(line.find("K10"), line.find("PRIVATE KEY"));
}

// Below the column; none where a long or masked line was cut before it.
std::string caret_line(const Diagnostic& diagnostic) {
  std::string blanks;
  for (const char c : diagnostic.source) {
    if (is_continuation(c)) continue;
    if (blanks.size() + 1 >= diagnostic.at.column) break;
    blanks += c == '\t' ? '\t' : ' ';
  }
  return blanks.size() + 1 < diagnostic.at.column ? "" : std::format("      | {}^\n", blanks);
}

std::size_t start_of_line(std::string_view text, unsigned line) {
  std::size_t start = 0;
  for (unsigned i = 1; i < line && start < text.size(); ++i)
    start = std::min(text.size(), text.find('\n', start)) + 1;
  return std::min(start, text.size());
}

std::string_view line_at(std::string_view text, std::size_t start) {
  const auto line = text.substr(start, text.find('\n', start) - start);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

bool is_inside_string(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  return count_of(before, "\"\"\"") % 2 == 1 || count_of(before, "'''") % 2 == 1;
}

}  // namespace

bool is_secret_line(std::string_view text, unsigned line) {
  const auto start = start_of_line(text, line);
  return is_inside_string(text, start) ||
         secret_start(line_at(text, start)) != std::string_view::npos;
}

std::string source_line(std::string_view text, unsigned line) {
  const auto start = start_of_line(text, line);
  if (start >= text.size() || is_inside_string(text, start)) return {};
  const auto source = line_at(text, start);
  const auto secret = secret_start(source);
  if (secret >= source.size()) return printable(cut(source, kShownLine));
  return printable(cut(source.substr(0, secret), kShownLine)) + " ...";
}

std::string shown(std::string_view value) {
  if (value.size() <= kShownValue) return quote(value);
  return quote(cut(value, kShownValue)) + "...";
}

std::string to_line(const Diagnostic& diagnostic) {
  return std::format("{}:{}:{}: {}{}{}{}", diagnostic.file, diagnostic.at.line,
                     diagnostic.at.column,
                     diagnostic.severity == Severity::warning ? "warning: " : "",
                     diagnostic.message, diagnostic.hint.empty() ? "" : "; ", diagnostic.hint);
}

std::string to_text(const Diagnostic& diagnostic) {
  auto text =
      std::format("{}:{}:{}: {}{}\n", diagnostic.file, diagnostic.at.line, diagnostic.at.column,
                  diagnostic.severity == Severity::warning ? "warning: " : "", diagnostic.message);
  if (!diagnostic.source.empty()) {
    const auto number = std::to_string(diagnostic.at.line);
    text += std::format("{:>5} | {}\n", number, diagnostic.source);
    text += caret_line(diagnostic);
  }
  if (!diagnostic.hint.empty()) text += diagnostic.hint + "\n";
  return text;
}

void Problems::error(Position at, std::string message, std::string hint) {
  found_.push_back({.at = at, .message = std::move(message), .hint = std::move(hint)});
}

void Problems::warning(Position at, std::string message, std::string hint) {
  error(at, std::move(message), std::move(hint));
  found_.back().severity = Severity::warning;
}

bool Problems::has_errors() const {
  return std::ranges::contains(found_, Severity::error, &Diagnostic::severity);
}

std::vector<Diagnostic> Problems::finish(std::string_view file, std::string_view text) && {
  std::ranges::stable_sort(found_, {}, &Diagnostic::at);
  if (found_.size() > kMaxShown) {
    const auto left = found_.size() - kMaxShown;
    found_.resize(kMaxShown);
    warning(found_.back().at, std::format("{} more problems are not shown", left));
  }
  for (auto& diagnostic : found_) {
    diagnostic.file = file;
    if (diagnostic.at.line == 0) diagnostic.at = {.line = 1, .column = 1};
    diagnostic.source = source_line(text, diagnostic.at.line);
  }
  return std::move(found_);
}

}  // namespace kgnode::config
