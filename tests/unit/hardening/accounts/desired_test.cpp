#include "hardening/accounts/accounts.hpp"
#include "hardening/accounts/pam.hpp"
#include "hardening/accounts/profile.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using hardening::Accounts;

TEST_CASE("accounts desired: no account with a password without asking for one", "[accounts]") {
  CHECK_FALSE(Accounts::desired({}).break_glass);
}

TEST_CASE("accounts desired: the break-glass account is open until the end of its last day",
          "[accounts]") {
  const auto day = *parse_day("2027-01-31");
  Accounts::Desired want{
      .break_glass = config::BreakGlass{.user = "rescue", .password_hash = {}, .expires = day}};
  CHECK(hardening::is_break_glass_open(want, {.today = day, .has_hash = true}));
  CHECK_FALSE(hardening::is_break_glass_open(
      want, {.today = day + std::chrono::days(1), .has_hash = true}));
  CHECK_FALSE(hardening::is_break_glass_open(want, {.today = day, .has_hash = false}));
  CHECK_FALSE(hardening::is_break_glass_open({}, {.today = day, .has_hash = true}));
}

TEST_CASE("accounts profile: every row of the table is judged by something", "[accounts]") {
  for (const auto& row : hardening::account_profile()) {
    INFO(row.id);
    CHECK(hardening::offenders(row.id, {}, {}).has_value() !=
          (hardening::find_pam_row(row.id) != nullptr));
  }
}

TEST_CASE("accounts profile: a bad table is refused", "[accounts]") {
  CHECK(hardening::parse_account_profile("id\tids\ttitle\tremedy\na\tb\tc\td\n"));
  CHECK_FALSE(hardening::parse_account_profile("id\tids\ttitle\tremedy\na\tb\tc\td\na\tb\tc\td\n"));
  CHECK_FALSE(hardening::parse_account_profile("id\tids\ttitle\tremedy\na\tb\tc\n"));
}
