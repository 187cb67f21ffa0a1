#include "hardening/accounts/pam.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::hardening;

namespace {

constexpr std::string_view kAuth =
    "# here are the per-package modules (the \"Primary\" block)\n"
    "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
    "# here's the fallback if no module succeeds\n"
    "auth\trequisite\t\t\tpam_deny.so\n"
    "auth\trequired\t\t\tpam_permit.so\n"
    "auth\toptional\t\t\tpam_cap.so\n";
constexpr std::string_view kAccount =
    "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n"
    "account\trequisite\t\t\tpam_deny.so\n"
    "account\trequired\t\t\tpam_permit.so\n";

}  // namespace

TEST_CASE(
    "accounts pam: failed log-ins are counted around pam_unix, and no empty password is taken",
    "[accounts]") {
  CHECK(hardened_auth(kAuth) ==
        "# here are the per-package modules (the \"Primary\" block)\n"
        "auth\trequired\t\t\tpam_faillock.so preauth\n"
        "auth\t[success=1 default=ignore]\tpam_unix.so\n"
        "auth\t[default=die]\t\t\tpam_faillock.so authfail\n"
        "auth\tsufficient\t\t\tpam_faillock.so authsucc\n"
        "# here's the fallback if no module succeeds\n"
        "auth\trequisite\t\t\tpam_deny.so\n"
        "auth\trequired\t\t\tpam_permit.so\n"
        "auth\toptional\t\t\tpam_cap.so\n");
  CHECK(hardened_account(kAccount) ==
        std::string(kAccount) + "account\trequired\t\t\tpam_faillock.so\n");
}

TEST_CASE("accounts pam: what is hardened stays as it is", "[accounts]") {
  const auto auth = hardened_auth(kAuth).value();
  CHECK(hardened_auth(auth) == auth);
  const auto account = hardened_account(kAccount).value();
  CHECK(hardened_account(account) == account);
}

TEST_CASE("accounts pam: su is for root, and for a group without members", "[accounts]") {
  const auto su = hardened_su(
      "# su\nauth sufficient pam_rootok.so\n# auth required pam_wheel.so\n@include common-auth\n");
  CHECK(su ==
        "# su\nauth sufficient pam_rootok.so\n"
        "auth       required   pam_wheel.so use_uid group=sugroup\n"
        "# auth required pam_wheel.so\n@include common-auth\n");
  CHECK(hardened_su(*su) == su);
  for (const std::string_view text :
       {"", "@include common-auth\n", "auth required pam_rootok.so\n",
        "auth sufficient pam_rootok.so\nauth required pam_wheel.so group=wheel\n"}) {
    INFO(text);
    CHECK_FALSE(hardened_su(text));
  }
}

TEST_CASE("accounts pam: a file of another shape is left to people", "[accounts]") {
  for (const std::string_view text :
       {"", "# nothing\n", "auth required pam_unix.so\n",
        // Others come first, or are passed over.
        "auth [success=2 default=ignore] pam_unix.so nullok\nauth [success=1 default=ignore] "
        "pam_sss.so\n"
        "auth requisite pam_deny.so\n",
        "auth sufficient pam_u2f.so\nauth [success=1 default=ignore] pam_unix.so\nauth requisite "
        "pam_deny.so\n",
        "auth [success=1 default=ignore] pam_unix.so\nauth required pam_permit.so\n",
        "auth [success=1 default=ignore] pam_unix.so\n"}) {
    INFO(text);
    CHECK_FALSE(hardened_auth(text));
  }
  CHECK_FALSE(
      hardened_account("account sufficient pam_localuser.so\naccount required pam_unix.so\n"));
  CHECK_FALSE(hardened_account(""));
}
