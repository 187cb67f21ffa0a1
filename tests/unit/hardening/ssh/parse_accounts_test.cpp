#include "hardening/ssh/parse_accounts.hpp"

#include "tests/support/catch.hpp"

using kgnode::hardening::has_account;
using kgnode::hardening::parse_group_members;

TEST_CASE("parse accounts: an account is a whole line with its name", "[ssh]") {
  const std::string passwd =
      "root:x:0:0:root:/root:/bin/bash\nadmin:x:1000:1000::/var/home/admin:/bin/bash\n";
  CHECK(has_account(passwd, "admin"));
  CHECK_FALSE(has_account(passwd, "adm"));
  CHECK_FALSE(has_account("admin:x:1000\n", "admin"));
  CHECK_FALSE(has_account("", "admin"));
}

TEST_CASE("parse accounts: members of one group", "[ssh]") {
  const std::string groups = "kgnode:x:990:a\nkgnode-ssh:x:991:admin,ops\nempty:x:992:\nbroken\n";
  CHECK(parse_group_members(groups, "kgnode-ssh") == std::vector<std::string>{"admin", "ops"});
  CHECK(parse_group_members(groups, "empty").empty());
  CHECK(parse_group_members(groups, "none").empty());
}
