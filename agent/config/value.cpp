/// Looking up values by path.
#include "agent/config/value.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode::config {

const Value* find_value(const Value& root, std::string_view path) {
  const Value* here = &root;
  for (const auto step : split(path, '.')) {
    const auto member = std::ranges::find(here->members, step, &Member::key);
    if (member == here->members.end()) return nullptr;
    here = &member->value;
  }
  return here;
}

std::optional<Placed<bool>> read_bool(const Value& root, std::string_view path) {
  const Value* found = find_value(root, path);
  if (found == nullptr || found->type != Type::boolean) return std::nullopt;
  return Placed<bool>{found->boolean, found->at};
}

std::optional<Placed<std::string>> read_text(const Value& root, std::string_view path) {
  return read_one<std::string>(
      root, path, [](std::string_view text) { return std::optional(std::string(text)); });
}

}  // namespace kgnode::config
