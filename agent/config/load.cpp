/// The only place that sees toml++, and its exception.
#include "agent/config/load.hpp"

#include <format>
#include <utility>

#include <toml++/toml.hpp>

#include "agent/base/text.hpp"
#include "agent/config/cross_checks.hpp"
#include "agent/config/effective.hpp"
#include "agent/config/extract.hpp"
#include "agent/config/preflight.hpp"
#include "agent/config/reader.hpp"
#include "agent/config/schema.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // harmless

Position to_position(const toml::source_region& region) {
  return {.line = region.begin.line, .column = region.begin.column};
}

// Strings are copied and wiped in the parser's tree: one of them may be the token. What the parser
// itself left in freed memory is out of reach; a token in a file of its own never gets there.
Value to_value(toml::node& node) {
  Value value{.at = to_position(node.source())};
  if (auto* text = node.as_string()) {
    value.type = Type::string;
    value.text = text->get();
    sys::wipe(text->get());
  } else if (const auto* integer = node.as_integer()) {
    value.type = Type::integer;
    value.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.type = Type::boolean;
    value.boolean = boolean->get();
  } else if (auto* list = node.as_array()) {
    value.type = Type::list;
    for (auto& item : *list) value.items.push_back(to_value(item));
  } else if (auto* table = node.as_table()) {
    for (auto&& [key, item] : *table) {
      value.members.push_back({.key = std::string(key.str()),
                               .at = to_position(key.source()),
                               .value = to_value(item)});
    }
  } else {
    value.type = node.is_floating_point() ? Type::real : Type::date;
  }
  return value;
}

void wipe(Value& value) {
  sys::wipe(value.text);
  for (auto& item : value.items) wipe(item);
  for (auto& member : value.members) wipe(member.value);
}

// The parser's words, without those that may repeat a secret.
std::string syntax_message(const toml::parse_error& error, std::string_view text) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  const auto at = to_position(error.source());
  if (is_secret_line(text, at.line)) return "syntax error: a string needs its quotes at both ends";
  auto what = error.description();
  if (what.contains("string: unescaped control") && at.column > source_line(text, at.line).size())
    return "syntax error: the string has no closing quote";
  if (!what.starts_with(kPrefix)) return std::format("syntax error: {}", to_lower(what));
  what.remove_prefix(kPrefix.size());
  return std::format("syntax error in {}", what);
}

std::optional<Value> parse(std::string_view text, Problems& problems) {
  try {
    auto table = toml::parse(text);
    return to_value(table);
  } catch (const toml::parse_error& error) {
    problems.error(to_position(error.source()), syntax_message(error, text),
                   "the rest is checked once this is correct TOML");
    return std::nullopt;
  }
}

void forget_positions(Value& value) {
  value.at = {};
  for (auto& item : value.items) forget_positions(item);
  for (auto& member : value.members) {
    member.at = {};
    forget_positions(member.value);
  }
}

// The schema's defaults, through the same parser as the file.
Value make_defaults() {
  std::string text;
  for (const auto& key : schema()) {
    if (!key.fallback.empty() && find_key(parent_of(key.path))->count == Count::one)
      text += std::format("{} = {}\n", key.path, key.fallback);
  }
  auto table = toml::parse(text);
  auto defaults = to_value(table);
  forget_positions(defaults);
  return defaults;
}

std::optional<Config> check_and_extract(Value& root, Problems& problems) {
  check_document(root, problems);
  add_defaults(root, make_defaults());
  check_across(root, problems);
  if (problems.has_errors()) return std::nullopt;
  auto config = extract(root);
  if (config) return *std::move(config);
  problems.error({}, config.error().message());
  return std::nullopt;
}

}  // namespace

Loaded load_text(std::string_view text, std::string_view file_name) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Problems problems;
  Loaded loaded;
  check_text(text, problems);
  if (!problems.has_errors()) {
    if (auto root = parse(text, problems)) {
      loaded.config = check_and_extract(*root, problems);
      wipe(*root);
    }
  }
  loaded.diagnostics = std::move(problems).finish(file_name, text);
  return loaded;
}

std::optional<Effective> load_effective(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Problems problems;
  auto root = parse(text, problems);
  if (!root) return std::nullopt;
  add_defaults(*root, make_defaults());
  auto found = describe(*root);
  wipe(*root);
  return found;
}

Result<Loaded> load_file(sys::Files& files, const std::string& path) {
  // More than is allowed, so that a file that is too long gets a diagnostic like any other.
  auto text = TRY(files.read(path, sys::Files::kReadLimit));
  if (!text) return fail({std::errc::no_such_file_or_directory, "read " + quote(path)});
  auto loaded = load_text(*text, path);
  sys::wipe(*text);
  return loaded;
}

}  // namespace kgnode::config
