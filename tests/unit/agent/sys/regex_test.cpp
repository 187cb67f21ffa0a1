/// Patterns of operators: what they find, and what is refused with which words.
#include "agent/sys/regex.hpp"

#include "tests/support/catch.hpp"

using kgnode::sys::Regex;

namespace {

std::string refusal(std::string_view pattern) {
  const auto regex = Regex::compile(pattern);
  return regex ? "" : regex.error().message();
}

}  // namespace

TEST_CASE("regex: the group addr of the first match") {
  const auto regex = Regex::compile(R"(^(a|b)+ from (?P<addr>\S+)( x)?$)");
  REQUIRE(regex);
  CHECK(regex->address("ab from 203.0.113.7 x") == "203.0.113.7");
  CHECK(regex->address("ab from 203.0.113.7") == "203.0.113.7");
  CHECK(regex->address("c from 203.0.113.7") == std::nullopt);
  CHECK(regex->address("") == std::nullopt);
  const auto other = Regex::compile("from (?<addr>[0-9.]*)");
  REQUIRE(other);
  CHECK(other->address("x from y, from 203.0.113.7") == "");
  CHECK(Regex::compile("(?P<addr>a)|b")->address("b") == std::nullopt);
}

TEST_CASE("regex: bytes that are no text cannot hide a line") {
  const auto regex = Regex::compile("^user .* from (?P<addr>[0-9.]+)$");
  REQUIRE(regex);
  CHECK(regex->address("user \xff\xfe\x80 from 203.0.113.7") == "203.0.113.7");
}

TEST_CASE("regex: a long line and an evil pattern take no time") {
  const auto regex = Regex::compile("^(((a+)+)+)+ (?P<addr>x)$");
  REQUIRE(regex);
  CHECK(regex->address(std::string(Regex::kLineLimit, 'a')) == std::nullopt);
  CHECK(regex->address(std::string(8000, 'a') + " x") == "x");
  CHECK(regex->address(std::string(Regex::kLineLimit, 'a') + " x") == std::nullopt);
}

TEST_CASE("regex: what cannot work is refused, with the way out") {
  CHECK(refusal("(?P<addr>x)") == "");
  CHECK(refusal("from (?P<addr>") ==
        R"(pattern "from (?P<addr>": missing ): from (?P<addr>; it has to be RE2 syntax)");
  CHECK(refusal("(?P<addr>x)(?=y)").contains("it has to be RE2 syntax"));
  CHECK(refusal(R"((?P<addr>x)\1)").contains("it has to be RE2 syntax"));
  CHECK(refusal("(?P<addr>x)|(?P<addr>y)").contains("two groups named \"addr\""));
  CHECK(refusal("from (.*)").contains("it has no group named \"addr\"; put (?P<addr>\\S+)"));
  CHECK(refusal("(?P<host>x)").contains("it has a group named \"host\", and only \"addr\""));
  CHECK(refusal("(?P<user>x)(?P<addr>y)").contains("write (?:...) for it"));
  CHECK(refusal("(((((((((((((((((?P<addr>y)))))))))))))))))").contains("more than 14 groups"));
  CHECK(refusal("(?P<addr>((x{100}){100}){100})").contains("it has to be RE2 syntax"));
  CHECK(
      refusal("(?P<addr>x)" + std::string(Regex::kPatternLimit, 'y')).contains("longer than 2048"));
}
