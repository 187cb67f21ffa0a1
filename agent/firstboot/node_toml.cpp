/// The node configuration as text. Values are put in by hand, so that the user's text and comments
/// stay as they are; every result is parsed again and must be the old document and the new value,
/// nothing else.
#include "agent/firstboot/node_toml.hpp"

#include <algorithm>
#include <format>

#include <toml++/toml.hpp>

#include "agent/base/text.hpp"

namespace kgnode::firstboot {
namespace {

constexpr std::size_t kTextLimit = std::size_t{256} << 10;

struct Parsed {
  std::optional<toml::table> table;
  std::string error;  // goes behind the name of the document
};

Parsed parse(std::string_view text) {
  if (text.size() > kTextLimit)
    return {.error = std::format(" is larger than {} bytes", kTextLimit)};
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return {.error = ":1:1: the text is UTF-16: save it as UTF-8"};
  // The only way toml++ as Debian builds it reports an error.
  try {
    return {.table = toml::parse(text)};
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    return {.error = std::format(":{}:{}: {}", at.line, at.column, error.description())};
  }
}

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

struct Place {
  std::string_view table;
  std::string_view key;
};

/// Offset of a 1-based line and column; a column is a code point of UTF-8.
std::size_t offset_of(std::string_view text, const toml::source_position& at) {
  std::size_t offset = 0;
  for (toml::source_index line = 1; line < at.line; ++line) {
    const auto end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  const auto continues = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80;
  };
  for (toml::source_index column = 1; column < at.column && offset < text.size(); ++column) {
    ++offset;
    while (offset < text.size() && continues(text[offset])) ++offset;
  }
  return offset;
}

std::string insert(std::string_view text, std::size_t at, std::string_view what) {
  return std::string(text.substr(0, at)).append(what).append(text.substr(at));
}

/// Ways to write `place = value` into the text, the nicest first.
std::vector<std::string> candidates(std::string_view text, const toml::table& table, Place place,
                                    const std::string& value) {
  std::vector<std::string> all;
  const auto line = std::format("{} = {}\n", place.key, value);
  const auto header = std::format("[{}]", place.table);
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    end = end == std::string_view::npos ? text.size() : end;
    if (trim(text.substr(at, end - at)).starts_with(header)) {
      all.push_back(end == text.size() ? insert(text, end, "\n" + line)
                                       : insert(text, end + 1, line));
    }
    at = end + 1;
  }
  if (const auto* parent = table.get_as<toml::table>(place.table);
      parent != nullptr && parent->is_inline()) {
    const auto brace = std::min(offset_of(text, parent->source().begin), text.size() - 1);
    all.push_back(insert(text, brace + 1,
                         std::format(" {} = {}{}", place.key, value, parent->empty() ? "" : ",")));
  }
  const auto* gap = text.empty() || text.ends_with('\n') ? "" : "\n";
  all.push_back(std::format("{}{}\n{}\n{}", text, gap, header, line));
  all.push_back(std::format("{}.{} = {}\n{}", place.table, place.key, value, text));
  return all;
}

std::optional<std::string> first_that_is(const std::vector<std::string>& texts,
                                         const toml::table& wanted) {
  for (const auto& text : texts) {
    const auto parsed = parse(text);
    if (parsed.table && *parsed.table == wanted) return text;
  }
  return std::nullopt;
}

toml::table* child(toml::table& root, std::string_view name) {
  if (!root.contains(name)) root.insert(name, toml::table{});
  return root.get_as<toml::table>(name);
}

std::string array_items(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  quoted.reserve(items.size());
  for (const auto& item : items) quoted.push_back(toml_string(item));
  return join(quoted, ", ");
}

}  // namespace

std::optional<std::string> check_toml(std::string_view text, std::string_view name) {
  const auto parsed = parse(text);
  if (parsed.table) return std::nullopt;
  return std::string(name) + parsed.error;
}

NodeFacts read_node_facts(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed.table) return {};
  const auto& root = *parsed.table;
  NodeFacts facts;
  facts.name = root["node"]["name"].value_or(std::string());
  facts.vrack = parse_prefix(root["network"]["vrack"].value_or(std::string_view()));
  facts.has_ssh_keys = static_cast<bool>(root["admin"]["ssh_keys"]);
  facts.address = parse_address(root["network"]["address"].value_or(std::string_view()));
  return facts;
}

std::optional<std::string> with_node_name(std::string_view text, std::string_view name) {
  const auto parsed = parse(text);
  if (!parsed.table) return std::nullopt;
  auto wanted = *parsed.table;
  auto* node = child(wanted, "node");
  if (node == nullptr) return std::nullopt;
  node->insert_or_assign("name", name);
  return first_that_is(candidates(text, *parsed.table, {"node", "name"}, toml_string(name)),
                       wanted);
}

std::optional<std::string> with_ssh_keys(std::string_view text,
                                         const std::vector<std::string>& keys) {
  const auto parsed = parse(text);
  if (!parsed.table) return std::nullopt;
  auto wanted = *parsed.table;
  auto* admin = child(wanted, "admin");
  if (admin == nullptr) return std::nullopt;
  if (!admin->contains("ssh_keys")) {
    toml::array list;
    for (const auto& key : keys) list.push_back(key);
    admin->insert("ssh_keys", std::move(list));
    return first_that_is(
        candidates(text, *parsed.table, {"admin", "ssh_keys"}, "[" + array_items(keys) + "]"),
        wanted);
  }
  auto* list = admin->get_as<toml::array>("ssh_keys");
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> added;
  for (const auto& key : keys) {
    const bool there = std::ranges::any_of(
        *list, [&key](const toml::node& item) { return item.value<std::string>() == key; });
    if (!there) added.push_back(key);
  }
  if (added.empty()) return std::string(text);
  // A copied table does not know its place in the text any more.
  const auto* there = (*parsed.table)["admin"]["ssh_keys"].as_array();
  const auto bracket = offset_of(text, there->source().begin);
  if (bracket >= text.size()) return std::nullopt;
  const auto result = insert(text, bracket + 1, array_items(added) + (list->empty() ? "" : ", "));
  for (std::size_t i = 0; i < added.size(); ++i)
    list->insert(list->cbegin() + static_cast<std::ptrdiff_t>(i), added[i]);
  return first_that_is({result}, wanted);
}

std::optional<Parted> part_token(std::string_view text, std::string_view file) {
  const auto parsed = parse(text);
  if (!parsed.table) return std::nullopt;
  const auto* token = (*parsed.table)["k3s"]["token"].as_string();
  if (token == nullptr) return std::nullopt;
  auto wanted = *parsed.table;
  wanted["k3s"].as_table()->insert_or_assign("token", toml::table{{"file", file}});
  const auto begin = offset_of(text, token->source().begin);
  const auto end = offset_of(text, token->source().end);
  if (begin >= end || end > text.size()) return std::nullopt;
  auto result = first_that_is({std::format("{}{{ file = {} }}{}", text.substr(0, begin),
                                           toml_string(file), text.substr(end))},
                              wanted);
  if (!result) return std::nullopt;
  return Parted{.text = *std::move(result), .token = token->get()};
}

}  // namespace kgnode::firstboot
