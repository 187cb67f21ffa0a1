#include "hardening/audit/profile.hpp"

#include <algorithm>
#include <format>

#include "tests/support/catch.hpp"

using namespace kgnode::hardening;

namespace {

std::string table_of(std::string_view row) {
  return std::format("key\twhen\tneeds\trule\tids\treason\tconflict\n{}\n", row);
}

}  // namespace

TEST_CASE("audit profile: the table in the binary is whole", "[audit]") {
  const auto& rows = audit_profile();
  CHECK(rows.size() >= 78);
  for (const auto& row : rows) {
    INFO(row.rule);
    CHECK(row.reason.size() > 5);
    CHECK(row.ids.size() > 2);
  }
}

TEST_CASE("audit profile: no rule records what containers do all day", "[audit]") {
  // Daemons and their containers have no log-in user: system calls are recorded of people only, or
  // they are rare.
  constexpr std::array<std::string_view, 5> kRare{
      "-S init_module", "-S clock_settime", "-S adjtimex", "-S sethostname", "-k user_emulation"};
  for (const auto& row : audit_profile()) {
    INFO(row.rule);
    if (row.rule.starts_with("-w ")) {
      CHECK_FALSE(row.rule.contains("/var/lib/rancher/k3s/agent/ "));
      CHECK_FALSE(row.rule.contains("/var/lib/rancher/k3s/server/ "));
      CHECK_FALSE(row.rule.contains("/var/lib/rancher/k3s/server/db"));
      continue;
    }
    const bool rare = std::ranges::any_of(
        kRare, [&row](std::string_view word) { return row.rule.contains(word); });
    CHECK((rare || row.rule.contains("-F auid>=1000 -F auid!=unset")));
  }
}

TEST_CASE("audit profile: a bad line is refused", "[audit]") {
  CHECK(parse_audit_profile(table_of("k\talways\t-\t-w /etc/x -p wa -k k\tID\twhy\t-")));
  for (const std::string_view row : {
           "k\tnever\t-\t-w /etc/x -p wa -k k\tID\twhy\t-",
           "k\talways\t-\t-w /etc/x -p wa -k other\tID\twhy\t-",
           "k\talways\t/etc/x\t-w /etc/x -p wa -k k\tID\twhy\t-",
           "k\tif-there\t-\t-w /etc/x -p wa -k k\tID\twhy\t-",
           "k\tset-id\t-\t-w /etc/x -p wa -k k\tID\twhy\t-",
           "k\talways\t-\t-e 2 -k k\tID\twhy\t-",
           "k\talways\t-\t-w /etc/x -p wa -k k\tID\twhy\t-\nk\talways\t-\t-w /etc/x -p wa -k "
           "k\tI\tw\t-",
       }) {
    INFO(row);
    CHECK_FALSE(parse_audit_profile(table_of(row)));
  }
}
