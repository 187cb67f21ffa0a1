/// Text helpers at their edges.
#include "agent/base/text.hpp"

#include <limits>

#include "tests/support/catch.hpp"

using namespace kgnode;
using Views = std::vector<std::string_view>;

TEST_CASE("text: split keeps empty parts, split_words has none") {
  CHECK(split("a,b", ',') == Views{"a", "b"});
  CHECK(split("a,,b", ',') == Views{"a", "", "b"});
  CHECK(split(",a,", ',') == Views{"", "a", ""});
  CHECK(split("", ',') == Views{""});
  CHECK(split_words("  a \t b ") == Views{"a", "b"});
  CHECK(split_words("a\nb") == Views{"a\nb"});
  CHECK(split_words("").empty());
  CHECK(split_words(" \t ").empty());
}

TEST_CASE("text: trim takes blanks and line ends off both sides only") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim("") == "");
  CHECK(trim(" \n") == "");
}

TEST_CASE("text: to_lower leaves everything but ASCII letters alone") {
  CHECK(to_lower("AZaz09-[@") == "azaz09-[@");
  CHECK(to_lower("\xc3\x84") == "\xc3\x84");
}

TEST_CASE("text: join puts the separator between parts") {
  CHECK(join(std::vector<std::string>{"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(join(std::vector<std::string>{"a"}, ", ") == "a");
  CHECK(join(std::vector<std::string>{}, ", ") == "");
}

TEST_CASE("text: parse_int takes one whole number that fits, and nothing else") {
  CHECK(parse_int<int>("0") == 0);
  CHECK(parse_int<int>("-7") == -7);
  CHECK(parse_int<std::uint8_t>("255") == 255);
  CHECK(parse_int<std::int64_t>("-9223372036854775808") ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(parse_int<int>("ff", 16) == 255);
  CHECK(parse_int<int>("755", 8) == 493);
  for (const std::string_view bad :
       {"", " 1", "1 ", "+1", "1.0", "0x10", "one", "256", "-1", "1\n"}) {
    INFO(bad);
    CHECK_FALSE(parse_int<std::uint8_t>(bad));
  }
  CHECK_FALSE(parse_int<int>("-"));
  CHECK_FALSE(parse_int<std::int64_t>("9223372036854775808"));
}

TEST_CASE("text: quote makes any bytes safe for a terminal and a log") {
  CHECK(quote("plain") == "\"plain\"");
  CHECK(quote("") == "\"\"");
  CHECK(quote("a\"b\\c") == "\"a\\x22b\\x5cc\"");
  CHECK(quote("\x1b[31m\n\x7f") == "\"\\x1b[31m\\x0a\\x7f\"");
  CHECK(quote(std::string_view("\0", 1)) == "\"\\x00\"");
  CHECK(quote("h\xc3\xa9") == "\"h\xc3\xa9\"");
}

TEST_CASE("text: closest finds one typing error in short words and more in long ones") {
  const Views words = {"address", "vrack", "role", "servers", "service_cidr"};
  CHECK(closest("adress", words) == "address");
  CHECK(closest("rack", words) == "vrack");
  CHECK(closest("rloe", words) == "role");  // neighbours swapped count as one
  CHECK(closest("server", words) == "servers");
  CHECK(closest("service-cidr", words) == "service_cidr");
  CHECK(closest("role", words) == "role");
  CHECK_FALSE(closest("colour", words));
  CHECK_FALSE(closest("", words));
  CHECK_FALSE(closest("xyz", Views{}));
  CHECK(closest("cat", Views{"bat", "car"}) == "bat");  // the first of equals
}

TEST_CASE("shorten: within the limit as it is, beyond it cut between two characters", "[base]") {
  CHECK(shorten("aäa", 4) == "aäa");
  CHECK(shorten("aäaaa", 5) == "a…");
  CHECK(shorten("aaaaaa", 5) == "aa…");
}
