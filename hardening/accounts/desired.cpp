/// Of the configuration: the one account with a password.
#include "hardening/accounts/accounts.hpp"

namespace kgnode::hardening {

Accounts::Desired Accounts::desired(const config::Config& config) {
  return {.break_glass = config.accounts.break_glass, .admin = config.admin.user};
}

bool is_break_glass_open(const Accounts::Desired& want, const Accounts::Observed& have) {
  return want.break_glass && have.has_hash && have.today <= want.break_glass->expires;
}

}  // namespace kgnode::hardening
