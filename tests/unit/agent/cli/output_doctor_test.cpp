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
      {"unknown", 0},
      {"not_applicable", 0}};
  CHECK(render_doctor(answer) ==
        "pass     b: fine\n"
        "fail     a: broken\n"
        "         -> mend it\n"
        "1 passed, 1 failed, 0 unknown, 0 not applicable\n");
}

TEST_CASE("doctor output: only passes are a success, and no checks are none") {
  const auto with = [](const char* outcome) {
    return boost::json::value{{"checks", {{{"outcome", "pass"}}, {{"outcome", outcome}}}}};
  };
  CHECK(has_only_passes(with("pass")));
  CHECK(has_only_passes(with("not_applicable")));
  CHECK_FALSE(has_only_passes(with("fail")));
  CHECK_FALSE(has_only_passes(with("unknown")));
  CHECK_FALSE(has_only_passes(boost::json::value{{"checks", boost::json::array{}}}));
  CHECK_FALSE(has_only_passes(nullptr));
}

namespace {

boost::json::value benchmark_with(std::string_view outcome, boost::json::value reason) {
  return {{"title", "CIS"},
          {"node", "cp-1"},
          {"version", "1"},
          {"time", "now"},
          {"passed", 0},
          {"failed", 1},
          {"unknown", 0},
          {"not_applicable", 0},
          {"items",
           {{{"rule", "1.1"},
             {"id", "a"},
             {"title", "t"},
             {"outcome", outcome},
             {"evidence", "e"},
             {"remedy", nullptr},
             {"reason", std::move(reason)}}}}};
}

}  // namespace

TEST_CASE("doctor output: a report names each rule, and the reason of what is done otherwise",
          "[cli]") {
  CHECK(kgnode::cli::render_benchmark(benchmark_with("fail", "pods are routed")) ==
        "# CIS\n# node cp-1, kgnode 1, now\n\nfail  1.1 t\n      e (a)\n      because: pods are "
        "routed\n\n"
        "0 passed, 1 failed, 1 of them on purpose, 0 unknown, 0 not applicable\n");
}

TEST_CASE("doctor output: a report is accounted for when every failure has its reason", "[cli]") {
  using kgnode::cli::is_accounted_for;
  CHECK(is_accounted_for(benchmark_with("pass", nullptr)));
  CHECK(is_accounted_for(benchmark_with("not_applicable", nullptr)));
  CHECK(is_accounted_for(benchmark_with("fail", "because")));
  CHECK_FALSE(is_accounted_for(benchmark_with("fail", nullptr)));
  CHECK_FALSE(is_accounted_for(benchmark_with("unknown", "because")));
  CHECK_FALSE(is_accounted_for({{"items", boost::json::array{}}}));
}
