/// /etc/passwd and /etc/group.
#include "hardening/ssh/parse_accounts.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode::hardening {

bool has_account(std::string_view passwd, std::string_view user) {
  return std::ranges::any_of(split(passwd, '\n'), [user](std::string_view line) {
    const auto fields = split(line, ':');
    return fields.size() == 7 && fields[0] == user;
  });
}

std::vector<std::string> parse_group_members(std::string_view groups, std::string_view group) {
  std::vector<std::string> members;
  for (const auto line : split(groups, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() != 4 || fields[0] != group) continue;
    for (const auto name : split(fields[3], ',')) {
      if (!name.empty()) members.emplace_back(name);
    }
  }
  return members;
}

}  // namespace kgnode::hardening
