/// What stands before a message in a file.
#include "hardening/ban/prefix.hpp"

#include <algorithm>
#include <utility>

#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `form`: 'A' a letter, '0' a digit, '_' a digit or a blank, anything else itself.
bool take_form(std::string_view& text, std::string_view form) {
  if (text.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = text[i];
    const bool fits = form[i] == 'A'   ? is_letter(c)
                      : form[i] == '0' ? is_digit(c)
                      : form[i] == '_' ? is_digit(c) || c == ' '
                                       : c == form[i];
    if (!fits) return false;
  }
  text.remove_prefix(form.size());
  return true;
}

// Fraction and zone: nothing but what these may consist of, up to the blank.
bool take_rest_of_time(std::string_view& text) {
  const auto rest = take_until(text, ' ');
  return rest && std::ranges::all_of(*rest, [](char c) {
           return is_digit(c) || std::string_view(".+-:Z").contains(c);
         });
}

bool take_iso_time(std::string_view& text) {
  return take_form(text, "0000-00-00T00:00:00") && take_rest_of_time(text);
}

bool take_time(std::string_view& text) {
  if (!text.empty() && is_digit(text.front())) return take_iso_time(text);
  return take_form(text, "AAA _0 00:00:00") && take_rest_of_time(text);
}

bool take_priority(std::string_view& text) {
  if (!take_prefix(text, "<")) return true;
  const auto digits = take_digits(text);
  return !digits.empty() && digits.size() <= 3 && take_prefix(text, ">");
}

// "sshd[123]: " or "sshd: "
std::optional<std::string_view> take_program(std::string_view& text) {
  const auto end =
      std::ranges::find_if(text, [](char c) { return c == '[' || c == ':' || c == ' '; });
  const auto program = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(program.size());
  if (take_prefix(text, "[") && !take_until(text, ']')) return std::nullopt;
  if (program.empty() || !take_prefix(text, ":")) return std::nullopt;
  (void)take_prefix(text, " ");  // an empty message ends at the colon
  return program;
}

}  // namespace

std::optional<SyslogLine> strip_syslog(std::string_view line) {
  if (!take_priority(line) || !take_time(line) || !take_until(line, ' ')) return std::nullopt;
  const auto program = take_program(line);
  if (!program) return std::nullopt;
  return SyslogLine{.program = *program, .message = line};
}

std::optional<CriLine> strip_cri(std::string_view line) {
  if (line.empty() || !is_digit(line.front()) || !take_iso_time(line)) return std::nullopt;
  CriLine result;
  result.error = take_prefix(line, "stderr ");
  if (!result.error && !take_prefix(line, "stdout ")) return std::nullopt;
  // Tags are separated by colons; the first one says whether the message is whole.
  const auto tags = take_until(line, ' ');
  if (!tags || tags->empty()) return std::nullopt;
  const auto first = tags->substr(0, tags->find(':'));
  if (first != "F" && first != "P") return std::nullopt;
  result.partial = first == "P";
  result.message = line;
  return result;
}

std::optional<std::string_view> CriJoiner::add(const CriLine& line) {
  auto& stream = streams_[line.error ? 1 : 0];
  if (!line.partial && stream.parts.empty() && !stream.dropped) return line.message;
  if (stream.parts.size() + line.message.size() > kLimit) stream.dropped = true;
  if (stream.dropped) {
    stream.parts.clear();
  } else {
    stream.parts += line.message;
  }
  if (line.partial) return std::nullopt;
  whole_ = std::exchange(stream.parts, {});
  return std::exchange(stream.dropped, false) ? std::nullopt
                                              : std::optional<std::string_view>(whole_);
}

}  // namespace kgnode::hardening::ban
