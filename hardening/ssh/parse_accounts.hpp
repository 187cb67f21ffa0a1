#pragma once
/// /etc/passwd and /etc/group: only what tells whether the operator's account is ready.
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::hardening {

bool has_account(std::string_view passwd, std::string_view user);
/// Names in the member list of `group`; its own primary members are not among them.
std::vector<std::string> parse_group_members(std::string_view groups, std::string_view group);

}  // namespace kgnode::hardening
