#pragma once
/// What the node is hardened with, as data: one line a setting, with its reason and the rules that
/// ask for it. Part of the binary.
#include <string_view>

namespace kgnode::hardening {

std::string_view sysctl_table();
std::string_view modules_table();
std::string_view audit_table();
std::string_view sshd_table();
std::string_view accounts_table();
std::string_view baseline_table();

}  // namespace kgnode::hardening
