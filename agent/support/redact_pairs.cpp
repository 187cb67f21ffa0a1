/// Values whose name says that they are secret.
#include <algorithm>
#include <array>
#include <optional>

#include "agent/base/text.hpp"
#include "agent/support/redact.hpp"

namespace kgnode::support {
namespace {

constexpr auto kNowhere = std::string_view::npos;

struct Word {
  std::string_view text;
  bool to_end_of_line = false;  // a bare value behind a colon may have blanks
};

constexpr std::array kWords = {Word{"passphrase", true},
                               Word{"password", true},
                               Word{"passwd", true},
                               Word{"passcode", true},
                               Word{"authorization", true},
                               Word{"cookie", true},
                               Word{"credential", true},
                               Word{"secret"},
                               Word{"token"},
                               Word{"api_key"},
                               Word{"api-key"},
                               Word{"apikey"},
                               Word{"access_key"},
                               Word{"access-key"},
                               Word{"accesskey"},
                               Word{"private_key"},
                               Word{"private-key"},
                               Word{"private key"},
                               Word{"privatekey"},
                               Word{"preshared_key"},
                               Word{"preshared-key"},
                               Word{"preshared key"},
                               Word{"presharedkey"},
                               Word{"encryption_key"},
                               Word{"encryption-key"},
                               Word{"encryptionkey"},
                               Word{"session_key"},
                               Word{"auth_key"},
                               Word{"authkey"},
                               Word{"client-key-data"},
                               Word{"psk"}};

// What a name with such an end has as its value tells where something is, and nothing more.
constexpr std::array<std::string_view, 19> kHarmlessEnds = {
    "file",   "path",   "dir",      "folder",   "name",    "hash",    "type",
    "kind",   "ttl",    "expires",  ".service", ".socket", ".target", ".timer",
    ".mount", "issuer", "audience", "digits",   "provider"};
constexpr std::array<std::string_view, 12> kHarmlessValues = {
    "", "null", "true", "false", "none", "nil", "yes", "no", "-", "<nil>", "{}", "[]"};

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

/// A place in a text that is read on from.
class Reader {
 public:
  Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::size_t at() const { return at_; }
  char here() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  bool takes(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_blanks() {
    while (here() == ' ' || here() == '\t') ++at_;
  }
  void skip_name() {
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
  }
  /// The quote that is here, escaped ones and TOML's long ones too; empty: there is none.
  std::string_view take_quote() {
    constexpr std::array<std::string_view, 7> kQuotes = {"\"\"\"", "'''", "\\\\\"", "\\\"",
                                                         "\"",     "'",   "`"};
    for (const auto quote : kQuotes) {
      if (takes(quote)) return quote;
    }
    return {};
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

struct Span {
  std::size_t begin = kNowhere;
  std::size_t end = kNowhere;
};

/// Up to the same quote again; a value without one ends with its line.
Span quoted(std::string_view text, std::size_t begin, std::string_view quote) {
  const bool is_long = quote.size() == 3 && quote[0] != '\\';
  const auto line = std::min(text.find('\n', begin), text.size());
  const auto limit = is_long ? text.size() : line;
  for (auto at = begin; at < limit; ++at) {
    if (quote == "'" && text.substr(at).starts_with("''")) {
      ++at;  // YAML's way to write one
      continue;
    }
    if (text.substr(at).starts_with(quote)) return {begin, at};
    if (text[at] == '\\' && quote[0] != '\'') ++at;
  }
  return {begin, is_long ? std::min(text.find("\n\n", begin), text.size()) : line};
}

Span bracketed(std::string_view text, std::size_t begin) {
  constexpr std::size_t kLongest = 4096;
  const char close = text[begin] == '{' ? '}' : ']';
  Reader inside(text, begin + 1);
  inside.skip_blanks();
  (void)inside.take_quote();  // JSON has one around the name
  // It only says where the secret is.
  if (close == '}' && text.substr(inside.at()).starts_with("file")) return {};
  const auto end = text.find(close, begin);
  const auto line = std::min(text.find('\n', begin), text.size());
  return {begin, end != kNowhere && end - begin < kLongest ? end + 1 : line};
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

/// YAML's block: the lines that are further to the right than the one of the name.
Span block(std::string_view text, std::size_t name, std::size_t begin) {
  const auto start = text.rfind('\n', name) + 1;
  const auto indent = indent_of(text.substr(start, name - start));
  auto end = std::min(text.find('\n', begin), text.size());
  const auto first = end;
  while (end < text.size()) {
    const auto next = std::min(text.find('\n', end + 1), text.size());
    const auto line = text.substr(end + 1, next - end - 1);
    if (!trim(line).empty() && indent_of(line) <= indent) break;
    end = next;
  }
  return first < end ? Span{first + 1, end} : Span{};
}

Span bare(std::string_view text, std::size_t begin, bool to_end_of_line) {
  const auto line = std::min(text.find('\n', begin), text.size());
  if (to_end_of_line) return {begin, line};
  return {begin, std::min(text.find_first_of(" \t\r\n,;&\"'`)]}\\", begin), line)};
}

/// Whether the name is that of an option, as in --token X.
bool is_option(std::string_view text, std::size_t name) {
  return text.substr(name).starts_with("-");
}

struct Pair {
  std::size_t name = 0;
  std::size_t after = 0;  // behind the name
  bool to_end_of_line = false;
};

Span find_value(std::string_view text, const Pair& pair) {
  Reader reader(text, pair.after);
  (void)reader.take_quote();  // around the name
  const bool had_blank = reader.here() == ' ' || reader.here() == '\t';
  reader.skip_blanks();
  bool colon = false;
  bool separated = true;
  if (reader.takes(":=") || reader.takes("=>") || reader.takes("==") || reader.takes("=")) {
    colon = false;
  } else if (reader.takes(":")) {
    colon = true;
  } else {
    separated = false;
  }
  if (!separated) {
    // "--token" "X", and as an item of a list.
    if (!is_option(text, pair.name)) return {};
    if (!reader.takes(",") && !had_blank) return {};
  }
  reader.skip_blanks();
  const auto begin = reader.at();
  if (reader.here() == '{' || reader.here() == '[') return bracketed(text, begin);
  if (colon && (reader.here() == '|' || reader.here() == '>')) return block(text, pair.name, begin);
  if (const auto quote = reader.take_quote(); !quote.empty())
    return quoted(text, reader.at(), quote);
  if (!separated && reader.here() == '-') return {};  // the next option
  return bare(text, begin, colon && pair.to_end_of_line);
}

bool is_harmless(std::string_view value) {
  const auto word = to_lower(trim(value));
  return std::ranges::contains(kHarmlessValues, word) || word.starts_with(kHidden);
}

std::optional<Pair> name_at(std::string_view text, std::string_view lower, std::size_t at,
                            std::size_t not_before) {
  const auto* const word = std::ranges::find_if(
      kWords, [lower, at](const Word& one) { return lower.substr(at).starts_with(one.text); });
  if (word == kWords.end()) return std::nullopt;
  auto name = at;
  while (name > not_before && is_name(text[name - 1])) --name;
  Reader reader(text, at + word->text.size());
  reader.skip_name();
  const auto whole = lower.substr(name, reader.at() - name);
  const bool harmless = std::ranges::any_of(
      kHarmlessEnds, [whole](std::string_view end) { return whole.ends_with(end); });
  return Pair{harmless ? kNowhere : name, reader.at(), word->to_end_of_line};
}

/// In the order of the text, none within another.
std::vector<Span> find_pairs(std::string_view text) {
  const auto lower = to_lower(text);
  std::vector<Span> found;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    at = std::min(lower.find_first_of("pactse", at), text.size());  // what a word begins with
    const auto pair = at < text.size() ? name_at(text, lower, at, done) : std::nullopt;
    if (!pair) {
      ++at;
      continue;
    }
    at = pair->after;
    if (pair->name == kNowhere) continue;
    const auto value = find_value(text, *pair);
    if (value.begin == kNowhere || is_harmless(text.substr(value.begin, value.end - value.begin)))
      continue;
    found.push_back(value);
    done = at = value.end;
  }
  return found;
}

}  // namespace

std::size_t hide_pairs(std::string& text) {
  std::string clean;
  std::size_t done = 0;
  const auto found = find_pairs(text);
  if (found.empty()) return 0;
  for (const auto& value : found) {
    clean.append(text, done, value.begin - done);
    clean += kHidden;
    done = value.end;
  }
  clean.append(text, done);
  text = std::move(clean);
  return found.size();
}

bool is_secret_name(std::string_view name) {
  const auto lower = to_lower(name);
  for (std::size_t at = 0; at < lower.size(); ++at) {
    if (const auto pair = name_at(lower, lower, at, 0)) return pair->name != kNowhere;
  }
  return false;
}

std::vector<std::string> secret_values(std::string_view text) {
  std::vector<std::string> values;
  for (const auto& value : find_pairs(text))
    values.emplace_back(text.substr(value.begin, value.end - value.begin));
  return values;
}

std::size_t hide_environment(std::string& text) {
  // What systemd sets, and where things are.
  constexpr std::array<std::string_view, 30> kHarmless = {"PATH",
                                                          "LANG",
                                                          "LC_ALL",
                                                          "TZ",
                                                          "HOME",
                                                          "USER",
                                                          "LOGNAME",
                                                          "SHELL",
                                                          "TERM",
                                                          "PWD",
                                                          "INVOCATION_ID",
                                                          "JOURNAL_STREAM",
                                                          "NOTIFY_SOCKET",
                                                          "LISTEN_FDS",
                                                          "LISTEN_PID",
                                                          "LISTEN_FDNAMES",
                                                          "WATCHDOG_PID",
                                                          "WATCHDOG_USEC",
                                                          "MAINPID",
                                                          "MANAGERPID",
                                                          "SYSTEMD_EXEC_PID",
                                                          "RUNTIME_DIRECTORY",
                                                          "STATE_DIRECTORY",
                                                          "NODE_NAME",
                                                          "GOMEMLIMIT",
                                                          "GOGC",
                                                          "GOMAXPROCS",
                                                          "CONTAINERD_ADDRESS",
                                                          "MEMORY_PRESSURE_WATCH",
                                                          "MEMORY_PRESSURE_WRITE"};
  std::string clean;
  std::size_t count = 0;
  for (const auto line : split(text, '\n')) {
    if (!clean.empty() || line.data() != text.data()) clean += '\n';
    const auto equals = line.find('=');
    if (equals == kNowhere || std::ranges::contains(kHarmless, line.substr(0, equals))) {
      clean += equals == kNowhere && !line.empty() ? kHidden : line;
      continue;
    }
    clean += line.substr(0, equals + 1);
    clean += kHidden;
    ++count;
  }
  text = std::move(clean);
  return count;
}

}  // namespace kgnode::support
