/// Prefixes of syslog and of a container runtime.
#include "hardening/ban/prefix.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::hardening::ban;

TEST_CASE("syslog: the program and the message, whatever the time looks like") {
  struct Row {
    std::string_view line;
    std::string_view program;
    std::string_view message;
  };
  for (const auto& [line, program, message] : std::initializer_list<Row>{
           {"Nov 22 10:00:01 host sshd[123]: a b", "sshd", "a b"},
           {"Nov  2 10:00:01 host sshd-session[123]: a", "sshd-session", "a"},
           {"Nov 22 10:00:01.123456 host sshd[123]: a", "sshd", "a"},
           {"<38>Nov 22 10:00:01 host sshd[123]: a", "sshd", "a"},
           {"2026-11-22T10:00:01.123456+01:00 host sshd[123]: a", "sshd", "a"},
           {"2026-11-22T10:00:01Z host k3s[1]: time=\"x\"", "k3s", "time=\"x\""},
           {"2026-11-22T10:00:01+0000 2001:db8::1 cron: a", "cron", "a"},
           {"<190>2026-11-22T10:00:01Z host nginx: 203.0.113.7 - -", "nginx", "203.0.113.7 - -"},
           {"Nov 22 10:00:01 host kernel: [1.0] a: b", "kernel", "[1.0] a: b"},
           {"Nov 22 10:00:01 host sshd[1]:", "sshd", ""},
           {"Nov 22 10:00:01 host sshd[1]:  two blanks", "sshd", " two blanks"}}) {
    INFO(line);
    const auto stripped = strip_syslog(line);
    REQUIRE(stripped);
    CHECK(stripped->program == program);
    CHECK(stripped->message == message);
  }
}

TEST_CASE("syslog: a line without the prefix has none") {
  for (const std::string_view line : {"",
                                      "Nov",
                                      "Nov 22 10:00:01",
                                      "Nov 22 10:00:01 ",
                                      "Nov 22 10:00:01 host",
                                      "Nov 22 10:00:01 host ",
                                      "Nov 22 10:00:01 host sshd",
                                      "Nov 22 10:00:01 host sshd[1] a",
                                      "Nov 22 10:00:01 host sshd[1",
                                      "Nov 22 10:00:01 host sshd a: b",
                                      "Nov 22 10:00:01 host : a",
                                      "Nov 22 10:0001 host sshd: a",
                                      "1234 22 10:00:01 host sshd: a",
                                      "<>Nov 22 10:00:01 host sshd: a",
                                      "<3800>Nov 22 10:00:01 host sshd: a",
                                      "2026-11-22 10:00:01 host sshd: a",
                                      "2026-11-22T10:00:01x host sshd: a",
                                      "Failed password for root from 203.0.113.7 port 22 ssh2",
                                      "203.0.113.7 - - [x] \"GET /\" 404",
                                      R"({"kind":"Event"})"}) {
    INFO(line);
    CHECK_FALSE(strip_syslog(line));
  }
}

TEST_CASE("cri: stream, part and message") {
  const auto whole = strip_cri("2026-11-22T18:36:18.123456789Z stdout F a  b ");
  REQUIRE(whole);
  CHECK_FALSE(whole->partial);
  CHECK_FALSE(whole->error);
  CHECK(whole->message == "a  b ");
  const auto part = strip_cri("2026-11-22T18:36:18+01:00 stderr P:x:y ");
  REQUIRE(part);
  CHECK(part->partial);
  CHECK(part->error);
  CHECK(part->message.empty());
  for (const std::string_view line :
       {"", "2026-11-22T18:36:18Z", "2026-11-22T18:36:18Z stdout", "2026-11-22T18:36:18Z stdout F",
        "2026-11-22T18:36:18Z stdout X a", "2026-11-22T18:36:18Z stdin F a",
        "2026-11-22T18:36:18Z stdout  F a", "2026-11-22 18:36:18Z stdout F a",
        "2026-11-22T18:36:18Z stdout FP a", "x stdout F a",
        "2026-11-22T18:36:18Z host sshd[1]: stdout F a"}) {
    INFO(line);
    CHECK_FALSE(strip_cri(line));
  }
}

TEST_CASE("cri: the parts of a message come together, each stream for itself") {
  CriJoiner joiner;
  CHECK(joiner.add({.message = "whole"}) == "whole");
  CHECK_FALSE(joiner.add({.partial = true, .message = "a"}));
  CHECK_FALSE(joiner.add({.partial = true, .error = true, .message = "x"}));
  CHECK_FALSE(joiner.add({.partial = true, .message = "b"}));
  CHECK(joiner.add({.message = "c"}) == "abc");
  CHECK(joiner.add({.error = true, .message = "y"}) == "xy");
  CHECK(joiner.add({.message = "d"}) == "d");
}

TEST_CASE("cri: a message without an end is dropped, and the next one is not") {
  CriJoiner joiner;
  const std::string part(16384, 'x');
  for (std::size_t i = 0; i < 2 * CriJoiner::kLimit / part.size(); ++i)
    CHECK_FALSE(joiner.add({.partial = true, .message = part}));
  CHECK_FALSE(joiner.add({.message = "end"}));
  CHECK(joiner.add({.message = "next"}) == "next");
}
