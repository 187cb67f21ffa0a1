/// Lists of addresses and networks to keep out.
#include "hardening/ban/block_list.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::hardening::ban;

TEST_CASE("ban block list: one entry a line, comments of every kind, overlaps merged") {
  const auto list = parse_block_list(
      "# a list\n"
      "198.51.100.7\n"
      "  203.0.113.0/24 ; SBL256894\r\n"
      "203.0.113.9 # inside\n"
      "\n"
      "2001:db8::/32\n"
      "2001:db8:1::5\n"
      "198.51.100.7");
  CHECK(list.refused == 0);
  CHECK(list.networks == std::vector{*parse_prefix("198.51.100.7"), *parse_prefix("203.0.113.0/24"),
                                     *parse_prefix("2001:db8::/32")});
}

TEST_CASE("ban block list: what is no entry is named by its line, the others stand") {
  const auto list = parse_block_list(
      "<html>\n"
      "203.0.113.1/24\n"
      "0.0.0.0/0\n"
      "::/0\n"
      "10.0.0.0/7\n"
      "198.51.100.7\n"
      "\x01\x02\n"
      "more\nand more\n");
  CHECK(list.networks == std::vector{*parse_prefix("198.51.100.7")});
  CHECK(list.refused == 8);
  REQUIRE(list.problems.size() == BlockList::kProblems);
  CHECK(list.problems[0] == "line 1: \"<html>\" is no address or network");
  CHECK(list.problems[2] == "line 3: 0.0.0.0/0 would keep out too much");
}

TEST_CASE(
    "ban block list: an entry that hits somebody who is never banned is left out, and named") {
  const std::vector<Never> never = {{*parse_prefix("203.0.113.9"), "admin.from"}};
  std::vector<std::string> spared;
  const auto left =
      without({*parse_prefix("198.51.100.7"), *parse_prefix("203.0.113.0/24")}, never, spared);
  CHECK(left == std::vector{*parse_prefix("198.51.100.7")});
  CHECK(spared == std::vector<std::string>{"203.0.113.0/24: admin.from"});
}
