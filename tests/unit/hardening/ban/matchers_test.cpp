/// Jails: the built-in ones, and those an operator writes.
#include "hardening/ban/matchers.hpp"

#include "tests/support/ban_lines.hpp"

using namespace kgnode;
using namespace kgnode::hardening::ban;

namespace {

std::string own_verdict(const std::string& pattern, std::string_view line) {
  const std::vector<OwnJail> own = {{.name = "own", .pattern = pattern, .weight = 3}};
  const auto matchers = make_matchers(own);
  REQUIRE(matchers);
  REQUIRE(matchers->size() == 5);
  CHECK(matchers->back().jail == "own");
  return test::to_verdict(matchers->back().match(line));
}

}  // namespace

TEST_CASE("jails: the built-in ones know who writes their lines") {
  const auto matchers = make_matchers({});
  REQUIRE(matchers);
  struct Row {
    std::string_view jail;
    std::string_view program;
    bool mine;
  };
  for (const auto& [jail, program, mine] :
       std::initializer_list<Row>{{"sshd", "sshd", true},
                                  {"sshd", "sshd-session", true},
                                  {"sshd", "sshd-auth", true},
                                  {"sshd", "sshd-sessio", false},
                                  {"sshd", "cron", false},
                                  {"sshd", "", false},
                                  {"ingress-nginx", "nginx", true},
                                  {"kube-apiserver", "k3s", true},
                                  {"k3s-supervisor", "k3s", true},
                                  {"k3s-supervisor", "sshd", false}}) {
    const auto found = std::ranges::find(*matchers, jail, &Matcher::jail);
    REQUIRE(found != matchers->end());
    INFO(jail << " " << program);
    CHECK(is_for(*found, program) == mine);
  }
}

TEST_CASE("jails: no line of one jail's corpus is an offence in another's") {
  const auto matchers = make_matchers({});
  REQUIRE(matchers);
  for (const auto& home : *matchers) {
    for (const auto& [verdict, line] : test::read_ban_lines(home.jail + ".lines")) {
      INFO(line);
      for (const auto& matcher : *matchers)
        CHECK(test::to_verdict(matcher.match(line)) == (matcher.jail == home.jail ? verdict : "-"));
    }
  }
}

TEST_CASE("jails: a pattern of the operator's names what its group took") {
  CHECK(own_verdict(R"(failed.* addr=(?P<addr>\S+)$)", "login failed addr=203.0.113.7") ==
        "203.0.113.7 3");
  CHECK(own_verdict(R"(from (?P<addr>[0-9a-f:.]+) )", "from 2001:db8::7 today") == "2001:db8::7 3");
  CHECK(own_verdict(R"(from \[(?P<addr>[^]]+)\])", "from [2001:db8::7]:22") == "2001:db8::7 3");
  CHECK(own_verdict(R"(failed.* addr=(?P<addr>\S+)$)", "login worked addr=203.0.113.7") == "-");
  CHECK(own_verdict(R"(addr=(?P<addr>\S*))", "addr=") == "-");
  CHECK(own_verdict(R"(addr=(?P<addr>\S+)$)", "addr=host.example") == "-");
  CHECK(own_verdict(R"((?P<addr>1\.2\.3\.4)?x)", "x") == "-");
}

TEST_CASE("jails: a part of an address names nobody") {
  const auto* four = R"((?P<addr>\d+\.\d+\.\d+\.\d))";
  CHECK(own_verdict(four, "from 203.0.113.7 x") == "203.0.113.7 3");
  CHECK(own_verdict(four, "from 203.0.113.7. x") == "203.0.113.7 3");
  CHECK(own_verdict(four, "from 203.0.113.7: x") == "203.0.113.7 3");
  CHECK(own_verdict(four, "from 203.0.113.7:22 x") == "203.0.113.7 3");
  CHECK(own_verdict(four, "(203.0.113.7)") == "203.0.113.7 3");
  for (const std::string_view line :
       {"from 203.0.113.75", "from 203.0.113.7.5", "from 203.0.113.7x", "from 203.0.113.7.example",
        "from 203.0.113.7-x", "from x203.0.113.7", "from x.203.0.113.7", "from ::ffff:203.0.113.7",
        "from 203.0.113.7:22x", "from 203.0.113.7:x", "from x-203.0.113.7"}) {
    INFO(line);
    CHECK(own_verdict(four, line) == "-");
  }
  CHECK(own_verdict(R"((?P<addr>[0-9a-f]+:[0-9a-f:]+?))", "2001:db8::7") == "-");
  CHECK(own_verdict(R"((?P<addr>2001:db8::7))", "2001:db8::7:22") == "-");
  CHECK(own_verdict(R"((?P<addr>fe80::1))", "fe80::1%eth0") == "-");
}

TEST_CASE("jails: those of the configuration are the operator's that are enabled") {
  const config::Ban settings{.jails = {{.name = "sshd"},
                                       {.name = "mail", .pattern = "x", .weight = 7},
                                       {.name = "off", .enabled = false, .pattern = "y"}}};
  const auto own = own_jails(settings);
  REQUIRE(own.size() == 1);
  CHECK(own[0].name == "mail");
  CHECK(own[0].pattern == "x");
  CHECK(own[0].weight == 7);
}

TEST_CASE("jails: a pattern that cannot work is refused with the name of its jail") {
  const std::vector<OwnJail> own = {{.name = "mail", .pattern = "from (.*)"}};
  const auto matchers = make_matchers(own);
  REQUIRE_FALSE(matchers);
  CHECK(matchers.error().message() ==
        "jail \"mail\": pattern \"from (.*)\": it has no group named \"addr\"; put (?P<addr>\\S+) "
        "where the source's address stands");
}
