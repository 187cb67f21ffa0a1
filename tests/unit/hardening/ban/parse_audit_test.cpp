/// Audit events: who asked without being known.
#include <boost/json/serialize.hpp>

#include "hardening/ban/lines.hpp"
#include "tests/support/ban_lines.hpp"
#include "tests/support/hostile.hpp"

using namespace kgnode::hardening::ban;

namespace {

boost::json::object event(std::int64_t code) {
  return {{"kind", "Event"},
          {"stage", "ResponseStarted"},
          {"requestURI", "/api"},
          {"user", boost::json::object{}},
          {"sourceIPs", boost::json::array{"6.6.6.6", test::kReal}},
          {"userAgent", "curl"},
          {"responseStatus", boost::json::object{{"code", code}}}};
}

}  // namespace

TEST_CASE("audit: every line of the corpus has its verdict") {
  const auto lines = test::read_ban_lines("kube-apiserver.lines");
  for (const auto& [verdict, line] : lines) {
    INFO(line);
    CHECK(test::to_verdict(parse_audit(line)) == verdict);
  }
  CHECK(lines.size() > 35);
}

TEST_CASE("audit: a request counts once, whichever stages are logged") {
  for (const std::string_view user : {"", "system:anonymous"}) {
    std::size_t counted = 0;
    for (const std::string_view stage :
         {"RequestReceived", "ResponseStarted", "ResponseComplete"}) {
      auto one = event(401);
      one["stage"] = stage;
      if (!user.empty()) one["user"] = boost::json::object{{"username", user}};
      counted += parse_audit(boost::json::serialize(one)) ? 1 : 0;
    }
    CHECK(counted == 1);
  }
}

TEST_CASE("audit: no URI, agent or object of a client changes the verdict") {
  for (const auto& text : test::hostile_texts()) {
    for (const auto* key : {"requestURI", "userAgent", "impersonatedUser", "a key of its own"}) {
      INFO(text);
      auto refused = event(401);
      refused[key] = text;
      const auto hit = parse_audit(boost::json::serialize(refused));
      CHECK(hit);
      CHECK(test::is_just(hit));
      auto fine = event(200);
      fine[key] = text;
      CHECK_FALSE(parse_audit(boost::json::serialize(fine)));
    }
  }
}
