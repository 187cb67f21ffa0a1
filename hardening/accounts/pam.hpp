#pragma once
/// How log-ins are checked: Debian's files with pam_faillock around pam_unix, in the order that CIS
/// asks for, and with pam_wheel in front of su.
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::hardening {

/// /etc/pam.d/common-auth as it is to be, with all that others have in it; nullopt: it is not of
/// Debian's shape, so nobody can say what a change would do.
std::optional<std::string> hardened_auth(std::string_view text);
/// /etc/pam.d/common-account; nullopt as above.
std::optional<std::string> hardened_account(std::string_view text);
/// /etc/pam.d/su: for root and the members of an empty group; nullopt as above, and when somebody
/// else has given it members.
std::optional<std::string> hardened_su(std::string_view text);

/// A row of the table of accounts that is about a file of PAM.
struct PamRow {
  std::string_view row;
  std::string_view path;
  std::string_view module;  // that stands in it
  std::optional<std::string> (*harden)(std::string_view text);
};
/// nullptr: the row is about something else.
const PamRow* find_pam_row(std::string_view row);

}  // namespace kgnode::hardening
