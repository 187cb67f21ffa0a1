#pragma once
/// How log-ins are checked: Debian's two files with pam_faillock around pam_unix, in the order that
/// CIS asks for.
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::hardening {

/// /etc/pam.d/common-auth as it is to be, with all that others have in it; nullopt: it is not of
/// Debian's shape, so nobody can say what a change would do.
std::optional<std::string> hardened_auth(std::string_view text);
/// /etc/pam.d/common-account; nullopt as above.
std::optional<std::string> hardened_account(std::string_view text);

}  // namespace kgnode::hardening
