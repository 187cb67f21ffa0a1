#include "hardening/baseline/profile.hpp"

#include <format>

#include "tests/support/catch.hpp"

using namespace kgnode::hardening;

namespace {

std::string table_of(std::string_view row) {
  return std::format("kind\tsubject\tkey\tvalue\tneeds\tids\treason\tconflict\n{}\n", row);
}

}  // namespace

TEST_CASE("baseline profile: the table in the binary is whole", "[baseline]") {
  CHECK(baseline_profile().size() >= 90);
  for (const auto& row : baseline_profile()) {
    INFO(row.subject << " " << row.key);
    CHECK(row.reason.size() > 5);
    CHECK((row.conflict == "-" || row.conflict.size() > 20));
  }
}

TEST_CASE("baseline profile: line ends are written as \\n", "[baseline]") {
  const auto rows = parse_baseline_profile(table_of("text\t/etc/x\t-\ta\\nb\\n\t-\tID\twhy\t-"));
  REQUIRE(rows);
  CHECK(rows->front().value == "a\nb\n");
}

TEST_CASE("baseline profile: a bad line is refused", "[baseline]") {
  for (const std::string_view row :
       {"what\t/etc/x\t-\tv\t-\tID\twhy\t-", "text\tetc/x\t-\tv\t-\tID\twhy\t-",
        "text\t/etc/x\tkey\tv\t-\tID\twhy\t-", "blank\t/etc/x\t-\tv\t-\tID\twhy\t-",
        "flag\t/etc/x\tkey\tv\t-\tID\twhy\t-", "mode\t/etc/x\t-\t0999 root:root\t-\tID\twhy\t-",
        "mode\t/etc/x\t-\t0600 you:you\t-\tID\twhy\t-", "absent\t/etc/x\t-\tv\t-\tID\twhy\t-",
        "no-unit\t/etc/x\t-\t-\t-\tID\twhy\t-", "deviates\tx\t-\t-\t-\tID\twhy\t-",
        "text\t/etc/x\t-\tv\tetc\tID\twhy\t-",
        "absent\t/etc/x\t-\t-\t-\tID\twhy\t-\nabsent\t/etc/x\t-\t-\t-\tID\twhy\t-"}) {
    INFO(row);
    CHECK_FALSE(parse_baseline_profile(table_of(row)));
  }
}
