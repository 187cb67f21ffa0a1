#include "hardening/accounts/parse_shadow.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::hardening;
using namespace std::chrono_literals;

TEST_CASE("accounts: /etc/passwd as values, without the lines that the C library does not see",
          "[accounts]") {
  const auto accounts = parse_passwd(
      "root:x:0:0:root:/root:/bin/bash\n#no:x:1:1::/:/bin/sh\n\nshort:x:1\n:x:1:1::/:/bin/sh\n"
      "bad:x:-1:1::/:/bin/sh\nold:$1$abc:7:8::/old:/bin/sh\n");
  CHECK(accounts == std::vector<Account>{{"root", 0, 0, "/root", "/bin/bash", true},
                                         {"old", 7, 8, "/old", "/bin/sh", false}});
}

TEST_CASE("accounts: /etc/shadow says who has a password and until when, and no more",
          "[accounts]") {
  const auto entries = parse_shadow(
      "root:*:20000:0:99999:7:::\na:!$y$x:20000:0:99999:7:::\nb::20000:0:99999:7:::\n"
      "c:$y$x:20000:0:99999:7::20500:\nd:$y$x:20000:0:99999:7::4000000000:\n");
  const std::chrono::sys_days end{std::chrono::days(20500)};
  CHECK(entries == std::vector<ShadowEntry>{{"root", Password::locked, {}},
                                            {"a", Password::locked, {}},
                                            {"b", Password::empty, {}},
                                            {"c", Password::set, end},
                                            {"d", Password::set, {}}});
}

TEST_CASE("accounts: a hash is an account's own or it is not", "[accounts]") {
  constexpr std::string_view kShadow = "a:$y$one:1:0:9:7:::\nb:$y$two:1:0:9:7:::\n";
  CHECK(has_hash(kShadow, "a", "$y$one"));
  CHECK_FALSE(has_hash(kShadow, "a", "$y$two"));
  CHECK_FALSE(has_hash(kShadow, "c", "$y$one"));
}
