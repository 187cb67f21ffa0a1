/// K3s: who came with a token that nobody has.
#include "hardening/ban/lines.hpp"
#include "tests/support/ban_lines.hpp"
#include "tests/support/hostile.hpp"

using namespace kgnode::hardening::ban;

TEST_CASE("supervisor: every line of the corpus has its verdict") {
  const auto lines = test::read_ban_lines("k3s-supervisor.lines");
  for (const auto& [verdict, line] : lines) {
    INFO(line);
    CHECK(test::to_verdict(parse_supervisor(line)) == verdict);
  }
  CHECK(lines.size() > 20);
}

TEST_CASE("supervisor: the text of an error is not looked at") {
  for (const auto& text : test::hostile_texts()) {
    INFO(text);
    const auto hit = parse_supervisor(test::fill(
        R"(time="2026-11-22T18:36:18Z" level=error msg="Sending HTTP/2.0 401 response to @:1: ~")",
        text));
    CHECK(hit);
    CHECK(test::is_just(hit));
    CHECK_FALSE(parse_supervisor(
        test::fill(R"(time="2026-11-22T18:36:18Z" level=error msg="node ~ has gone")", text)));
  }
}
