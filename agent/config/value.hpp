#pragma once
/// A parsed document as plain values with their positions: what the checks see of TOML.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::config {

/// From 1; line 0 means that the value is a default and stands nowhere in the file.
struct Position {
  unsigned line = 0;
  unsigned column = 0;
  auto operator<=>(const Position&) const = default;
};

enum class Type : std::uint8_t { string, integer, real, boolean, date, list, table };

struct Member;

struct Value {
  Type type = Type::table;
  Position at;
  std::string text;  // of a string
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Value> items;     // of a list
  std::vector<Member> members;  // of a table
};

struct Member {
  std::string key;
  Position at;
  Value value;
};

/// "k3s.servers" below `root`; null when a step is missing or not a table.
const Value* find_value(const Value& root, std::string_view path);

template <class T>
struct Placed {
  T value{};
  Position at;
};

/// nullopt: absent, or not what `parse` takes. The strict walk has reported the latter already.
template <class T>
std::optional<Placed<T>> read_one(const Value& root, std::string_view path,
                                  std::optional<T> (*parse)(std::string_view)) {
  const Value* found = find_value(root, path);
  if (found == nullptr || found->type != Type::string) return std::nullopt;
  auto value = parse(found->text);
  if (!value) return std::nullopt;
  return Placed<T>{*std::move(value), found->at};
}

/// The items that `parse` takes.
template <class T>
std::vector<Placed<T>> read_list(const Value& root, std::string_view path,
                                 std::optional<T> (*parse)(std::string_view)) {
  std::vector<Placed<T>> list;
  const Value* found = find_value(root, path);
  if (found == nullptr) return list;
  for (const auto& item : found->items) {
    if (item.type != Type::string) continue;
    if (auto value = parse(item.text)) list.push_back({*std::move(value), item.at});
  }
  return list;
}

std::optional<Placed<bool>> read_bool(const Value& root, std::string_view path);
std::optional<Placed<std::string>> read_text(const Value& root, std::string_view path);

}  // namespace kgnode::config
