/// The doctor's checks for people.
#include <boost/json.hpp>

#include "agent/cli/output.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::cli;

TEST_CASE("doctor output: what is wrong comes last, with its remedy") {
  const boost::json::value answer{
      {"checks",
       {{{"id", "a"}, {"outcome", "fail"}, {"evidence", "broken"}, {"remedy", "mend it"}},
        {{"id", "b"}, {"outcome", "pass"}, {"evidence", "fine"}, {"remedy", nullptr}}}},
      {"passed", 1},
      {"failed", 1},
      {"unknown", 0}};
  CHECK(render_doctor(answer) ==
        "pass     b: fine\n"
        "fail     a: broken\n"
        "         -> mend it\n"
        "1 passed, 1 failed, 0 unknown\n");
}

TEST_CASE("doctor output: only passes are a success, and no checks are none") {
  const auto with = [](const char* outcome) {
    return boost::json::value{{"checks", {{{"outcome", "pass"}}, {{"outcome", outcome}}}}};
  };
  CHECK(has_only_passes(with("pass")));
  CHECK_FALSE(has_only_passes(with("fail")));
  CHECK_FALSE(has_only_passes(with("unknown")));
  CHECK_FALSE(has_only_passes(boost::json::value{{"checks", boost::json::array{}}}));
  CHECK_FALSE(has_only_passes(nullptr));
}
