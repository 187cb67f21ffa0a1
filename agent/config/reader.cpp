/// The strict walk over a document, driven by the schema.
#include "agent/config/reader.hpp"

#include <algorithm>
#include <format>
#include <map>

#include "agent/base/text.hpp"
#include "agent/config/scalar.hpp"
#include "agent/config/schema.hpp"

namespace kgnode::config {
namespace {

void check_table(const Value& table, std::string_view path, Problems& problems);
void check_item(const Value& value, const Key& key, Problems& problems);

std::string_view to_text(Type type) {
  switch (type) {
    case Type::string:
      return "a string";
    case Type::integer:
      return "an integer";
    case Type::real:
      return "a number with a fraction";
    case Type::boolean:
      return "a boolean";
    case Type::date:
      return "a date or time";
    case Type::list:
      return "a list";
    case Type::table:
      return "a table";
  }
  return "something else";
}

std::string expected(const Key& key) {
  if (key.count == Count::list) return std::format("a list such as {}", key.example);
  switch (key.kind) {
    case Kind::table:
      return key.example.empty() ? std::format("a table: a line [{}] with its keys below", key.path)
                                 : std::format("a table such as {}", key.example);
    case Kind::settings:
      return std::format("a table such as {}", key.example);
    case Kind::integer:
      return std::format("an integer such as {}", key.example);
    case Kind::boolean:
      return "true or false";
    case Kind::secret:
    case Kind::passphrase:
      return std::format("a string, or a table such as {}", key.example);
    default:
      return std::format("a string such as {}", key.example);
  }
}

void wrong_type(const Value& value, std::string_view wanted, Problems& problems) {
  problems.error(value.at, std::format("expected {}, got {}", wanted, to_text(value.type)));
}

void report(Position at, const std::optional<Complaint>& complaint, Problems& problems) {
  if (complaint) problems.error(at, complaint->message, complaint->hint);
}

void check_integer(const Value& value, const Key& key, Problems& problems) {
  if (value.type != Type::integer) return wrong_type(value, expected(key), problems);
  const auto bounds = split(key.choices, '|');
  const auto lowest = parse_int<std::int64_t>(bounds.front()).value_or(0);
  const auto highest = parse_int<std::int64_t>(bounds.back()).value_or(0);
  if (value.integer >= lowest && value.integer <= highest) return;
  if (lowest == highest) {
    return problems.error(value.at, std::format("{} is {}, but this kgnode reads only {}", key.path,
                                                value.integer, lowest));
  }
  problems.error(value.at,
                 std::format("{} is out of range: from {} to {}", value.integer, lowest, highest));
}

void check_settings(const Value& value, const Key& key, Problems& problems) {
  if (value.type != Type::table) return wrong_type(value, expected(key), problems);
  for (const auto& member : value.members) {
    if (member.value.type == Type::table && !member.key.contains('.')) {
      problems.error(member.at, std::format("{} is a table, not a value", quote(member.key)),
                     "put the whole name in quotes, as in \"net.core.somaxconn\" = \"4096\"");
    } else if (member.value.type != Type::string) {
      wrong_type(member.value, "a string such as \"4096\"", problems);
    } else {
      report(member.at, check_setting(member.key, member.value.text), problems);
    }
  }
}

void check_secret(const Value& value, const Key& key, Problems& problems) {
  if (value.type == Type::table) return check_table(value, key.path, problems);
  if (value.type != Type::string) return wrong_type(value, expected(key), problems);
  report(value.at,
         key.kind == Kind::secret ? check_token(value.text) : check_passphrase(value.text),
         problems);
}

void check_item(const Value& value, const Key& key, Problems& problems) {
  switch (key.kind) {
    case Kind::table:
      if (value.type != Type::table) return wrong_type(value, expected(key), problems);
      return check_table(value, key.path, problems);
    case Kind::settings:
      return check_settings(value, key, problems);
    case Kind::secret:
    case Kind::passphrase:
      return check_secret(value, key, problems);
    case Kind::integer:
      return check_integer(value, key, problems);
    case Kind::boolean:
      if (value.type != Type::boolean) wrong_type(value, expected(key), problems);
      return;
    default:
      break;
  }
  if (value.type != Type::string) {
    const auto wanted = key.count == Count::list
                            ? "a list of strings such as " + std::string(key.example)
                            : expected(key);
    return wrong_type(value, wanted, problems);
  }
  report(value.at, check_scalar(key, value.text), problems);
}

void check_duplicates(const Value& list, const Key& key, Problems& problems) {
  std::map<std::string, unsigned> seen;  // to the line of the first
  for (const auto& item : list.items) {
    if (item.type != Type::string) continue;
    const auto [first, fresh] = seen.emplace(to_canonical(key, item.text), item.at.line);
    if (!fresh) {
      problems.error(
          item.at,
          std::format("{} is listed twice, first on line {}", shown(item.text), first->second),
          "remove one of them");
    }
  }
}

void check_value(const Value& value, const Key& key, Problems& problems) {
  if (key.count == Count::one) return check_item(value, key, problems);
  if (value.type != Type::list) return wrong_type(value, expected(key), problems);
  if (value.items.empty() && key.need == Need::required) {
    problems.error(value.at, std::format("{} is empty", key.path),
                   std::format("give at least one, as in {}", key.example));
  }
  for (const auto& item : value.items) check_item(item, key, problems);
  check_duplicates(value, key, problems);
}

std::vector<std::string_view> names_in(std::string_view path) {
  std::vector<std::string_view> names;
  for (const auto& key : schema()) {
    if (parent_of(key.path) == path) names.push_back(name_of(key.path));
  }
  return names;
}

std::string in_table(std::string_view path) {
  return path.empty() ? "at the top level" : std::format("in [{}]", path);
}

// The closest sibling, or the table where a key of this name lives, or all that there are.
std::string unknown_hint(std::string_view name, std::string_view path) {
  const auto siblings = names_in(path);
  if (const auto near = closest(name, siblings))
    return std::format("did you mean {}?", quote(*near));
  for (const auto& key : schema()) {
    const auto parent = parent_of(key.path);
    if (name_of(key.path) == name && !parent.contains('.'))
      return std::format("{} belongs {}", quote(name), in_table(parent));
  }
  std::string all;
  for (const auto sibling : siblings) all += (all.empty() ? "" : ", ") + std::string(sibling);
  return std::format("known {}: {}", in_table(path), all);
}

// There, or there in a misspelling that has been reported with this name as its hint.
bool is_present(const Value& table, std::string_view path, std::string_view name) {
  const auto siblings = names_in(path);
  return std::ranges::any_of(table.members, [&siblings, name](const Member& member) {
    if (member.key == name) return true;
    return !std::ranges::contains(siblings, member.key) && closest(member.key, siblings) == name;
  });
}

std::string required_keys(std::string_view path) {
  std::string all;
  for (const auto& key : schema()) {
    if (key.need == Need::required && parent_of(key.path) == path)
      all += std::format("{}{} = {}", all.empty() ? "" : ", ", name_of(key.path), key.example);
  }
  return all;
}

void report_missing(const Value& table, const Key& key, Problems& problems) {
  if (key.kind == Kind::table) {
    return problems.error(
        table.at, std::format("the table [{}] is missing", key.path),
        std::format("add a line [{}] and below it {}", key.path, required_keys(key.path)));
  }
  const auto name = name_of(key.path);
  problems.error(table.at,
                 std::format("{} is missing {}", quote(name), in_table(parent_of(key.path))),
                 std::format("add {} = {}", name, key.example));
}

void check_missing(const Value& table, std::string_view path, Problems& problems) {
  for (const auto& key : schema()) {
    if (key.need != Need::required || parent_of(key.path) != path) continue;
    if (!is_present(table, path, name_of(key.path))) report_missing(table, key, problems);
  }
}

void check_table(const Value& table, std::string_view path, Problems& problems) {
  for (const auto& member : table.members) {
    const auto child = path.empty() ? member.key : std::format("{}.{}", path, member.key);
    const auto* const key = member.key.contains('.') ? nullptr : find_key(child);
    if (key == nullptr) {
      problems.error(member.at, std::format("unknown key {} {}", shown(member.key), in_table(path)),
                     unknown_hint(member.key, path));
    } else {
      check_value(member.value, *key, problems);
    }
  }
  check_missing(table, path, problems);
}

}  // namespace

void check_document(const Value& root, Problems& problems) { check_table(root, "", problems); }

}  // namespace kgnode::config
