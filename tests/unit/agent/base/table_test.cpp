#include "agent/base/table.hpp"

#include <array>

#include "tests/support/catch.hpp"

using kgnode::parse_table;

namespace {
constexpr std::array<std::string_view, 2> kColumns{"key", "reason"};

std::string complaint(std::string_view text) {
  const auto rows = parse_table(text, kColumns);
  return rows ? "" : rows.error().message();
}
}  // namespace

TEST_CASE("profile table: rows come out in their order without the header", "[profiles]") {
  const auto rows = parse_table("key\treason\nb\tone two\na\t-\n", kColumns);
  REQUIRE(rows);
  CHECK(*rows == std::vector<kgnode::TableRow>{{"b", "one two"}, {"a", "-"}});
}

TEST_CASE("profile table: a line that says less than the header asks for is an error",
          "[profiles]") {
  CHECK(complaint("") == "line 1: the header does not name the expected columns");
  CHECK(complaint("key\n") == "line 1: the header does not name the expected columns");
  CHECK(complaint("key\treason\na") == "line 2: 1 cells instead of 2");
  CHECK(complaint("key\treason\na\tb\tc") == "line 2: 3 cells instead of 2");
  CHECK(complaint("key\treason\na\t") == "line 2: reason is empty or has blanks around it");
  CHECK(complaint("key\treason\n a\tb") == "line 2: key is empty or has blanks around it");
  CHECK(complaint("key\treason\n\na\tb") == "line 2: 1 cells instead of 2");
}
