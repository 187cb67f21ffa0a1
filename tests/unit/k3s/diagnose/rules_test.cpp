#include "k3s/diagnose/rules.hpp"

#include <map>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/patterns.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::k3s;

namespace {

std::map<std::string, std::string> examples() {
  kgnode::sys::RealFiles files;
  const auto text = files.read(TEST_DATA "/k3s/log_examples.tsv", 1U << 20U);
  REQUIRE(text);
  std::map<std::string, std::string> all;
  for (const auto line : kgnode::split(**text, '\n')) {
    const auto cells = kgnode::split(line, '\t');
    if (cells.size() == 2 && cells[0] != "id") all.emplace(cells[0], cells[1]);
  }
  return all;
}

}  // namespace

TEST_CASE("k3s rules: whatever is wrong has a remedy, and every rule an example", "[k3s]") {
  const auto known = examples();
  CHECK(rules().size() > 150);
  for (const auto& rule : rules()) {
    CAPTURE(rule.id);
    CHECK(known.contains(rule.id));
    if (rule.severity >= Severity::warn) CHECK(rule.remedy.size() > 3);
    CHECK(rule.meaning.size() > 5);
  }
}

TEST_CASE("k3s rules: each finds the line that it is for", "[k3s]") {
  std::vector<std::string> patterns;
  for (const auto& rule : rules()) patterns.push_back(rule.pattern);
  const auto compiled = kgnode::sys::Patterns::compile(patterns);
  REQUIRE(compiled);
  for (const auto& [id, line] : examples()) {
    CAPTURE(id, line);
    std::vector<std::string> found;
    for (const auto& match : compiled->find(line)) found.push_back(rules()[match.pattern].id);
    CHECK(std::ranges::contains(found, id));
  }
}

TEST_CASE("k3s rules: a table that says less than it must is refused", "[k3s]") {
  const std::string head = "id\tseverity\trole\tpattern\tmeaning\tremedy\n";
  CHECK(parse_rules(head + "A\tfatal\tserver\tx\tm\t-\n"));
  for (const auto* bad : {"A\tbad\tserver\tx\tm\t-\n", "A\tfatal\tserver\tx\tm\n",
                          "A\tfatal\ts\tx\tm\t-\nA\tfatal\ts\ty\tm\t-\n"})
    CHECK_FALSE(parse_rules(head + bad));
}
