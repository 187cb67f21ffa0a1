/// A configuration as it counts.
#include "agent/config/effective.hpp"

#include <format>

#include "agent/base/text.hpp"
#include "agent/config/schema.hpp"

namespace kgnode::config {
namespace {

constexpr std::string_view kHidden = R"("[redacted]")";

bool is_secret(std::string_view path) {
  const auto* key = find_key(path);
  return key == nullptr || key->kind == Kind::secret || key->kind == Kind::passphrase ||
         name_of(path) == "access_key";
}

/// Below a table of free keys there is nothing to look up.
bool is_free(std::string_view path) {
  const auto* key = find_key(path);
  return key != nullptr && key->kind == Kind::settings;
}

std::string scalar(const Value& value) {
  switch (value.type) {
    case Type::string:
      return quote(value.text);
    case Type::integer:
      return std::to_string(value.integer);
    case Type::boolean:
      return value.boolean ? "true" : "false";
    case Type::real:
    case Type::date:
      return "\"a number or a date\"";
    case Type::list:
    case Type::table:
      break;
  }
  return {};
}

class Describer {
 public:
  explicit Describer(Effective& found) : found_(found) {}

  /// In one line.
  std::string show(const Value& value, const std::string& path) {
    if (is_free(path)) return show_free(value);
    if (is_secret(path)) return hide(value, path);
    if (value.type == Type::list) {
      std::string all;
      for (const auto& item : value.items) all += (all.empty() ? "" : ", ") + show(item, path);
      return "[" + all + "]";
    }
    return value.type == Type::table ? show_members(value, path) : scalar(value);
  }

 private:
  static std::string show_free(const Value& value) {
    std::string all;
    for (const auto& member : value.members)
      all += std::format("{}{} = {}", all.empty() ? "" : ", ", quote(member.key),
                         scalar(member.value));
    return all.empty() ? "{}" : "{ " + all + " }";
  }

  std::string show_members(const Value& value, const std::string& path) {
    std::string all;
    for (const auto& member : value.members) {
      const auto below = path + "." + member.key;
      all += std::format("{}{} = {}", all.empty() ? "" : ", ", printable(member.key),
                         show(member.value, below));
    }
    return "{ " + all + " }";
  }

  /// A table with nothing but a file in it shows which; all else is the secret.
  std::string hide(const Value& value, const std::string& path) {
    const auto* file = value.type == Type::table ? find_value(value, "file") : nullptr;
    if (find_key(path) != nullptr && file != nullptr && value.members.size() == 1 &&
        file->type == Type::string) {
      found_.secret_files.push_back({path, file->text});
      return std::format("{{ file = {} }}", quote(file->text));
    }
    collect(value, path);
    return std::string(kHidden);
  }

  void collect(const Value& value, const std::string& path) {
    if (value.type == Type::string) found_.secrets.push_back({path, value.text});
    for (const auto& item : value.items) collect(item, path);
    for (const auto& member : value.members) collect(member.value, path);
  }

  Effective& found_;
};

}  // namespace

Effective describe(const Value& root) {
  Effective found;
  Describer describer(found);
  for (const auto& section : root.members) {
    const auto* key = find_key(section.key);
    const bool is_section =
        key != nullptr && key->kind == Kind::table && section.value.type == Type::table;
    if (!is_section) {
      found.text += std::format("{} = {}\n", printable(section.key),
                                describer.show(section.value, section.key));
      continue;
    }
    found.text += std::format("\n[{}]\n", section.key);
    for (const auto& member : section.value.members) {
      const auto path = section.key + "." + member.key;
      const auto* origin = member.value.at.line == 0 ? "  # default" : "";
      found.text += std::format("{} = {}{}\n", printable(member.key),
                                describer.show(member.value, path), origin);
    }
  }
  return found;
}

}  // namespace kgnode::config
