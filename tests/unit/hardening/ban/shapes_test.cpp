/// Lines that are no offence, and are understood all the same.
#include "hardening/ban/shapes.hpp"

#include <string>

#include "hardening/ban/lines.hpp"
#include "tests/support/ban_lines.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::hardening::ban;

namespace {

constexpr const char* kAccess =
    R"( - - [22/Nov/2026:18:36:18 +0000] "GET / HTTP/1.1" 200 146 "-" "x" 97 0.001)";

}  // namespace

TEST_CASE("shapes: whatever sshd writes is known or not its own") {
  for (const auto& [verdict, line] : test::read_ban_lines("sshd.lines")) {
    // Those are the corpus's own: sshd writes no such address.
    const bool is_invented = line.contains("Failed password for root from 203.");
    if (verdict != "-" || is_invented) continue;
    INFO(line);
    CHECK(shape_of_sshd(line) != Shape::unknown);
  }
}

TEST_CASE("shapes: other wordings of sshd's offences are unknown") {
  for (const std::string_view line :
       {"Failed password for root by 203.0.113.7 port 22 ssh2",
        "Failed password for root from [203.0.113.7]:22 ssh2", "Password of root was wrong",
        "Invalid user nobody from [203.0.113.7]:22", "Connection closed by peer 203.0.113.7",
        "drop connection from 203.0.113.7: penalty"}) {
    INFO(line);
    CHECK_FALSE(parse_sshd(line));
    CHECK(shape_of_sshd(line) == Shape::unknown);
  }
}

TEST_CASE("shapes: what sshd may have cut off, and what others say in its name, tells nothing") {
  CHECK(shape_of_sshd("strange " + std::string(480, 'x')) == Shape::foreign);
  CHECK(shape_of_sshd("pam_unix(sshd:auth): check pass; user unknown") == Shape::foreign);
  CHECK(shape_of_sshd("debug1: anything") == Shape::foreign);
  CHECK(shape_of_sshd("") == Shape::foreign);
}

TEST_CASE("shapes: an access log is known, one in another format is not, the rest is foreign") {
  CHECK(shape_of_ingress("203.0.113.7" + std::string(kAccess)) == Shape::known);
  CHECK(shape_of_ingress("2001:db8::7" + std::string(kAccess)) == Shape::known);
  CHECK(shape_of_ingress(R"({"ClientHost":"203.0.113.7","DownstreamStatus":200})") == Shape::known);
  // Addresses that the jail could never ban: a proxy in front that nobody is told of.
  CHECK(shape_of_ingress("6.6.6.6, 203.0.113.7" + std::string(kAccess)) == Shape::unknown);
  CHECK(shape_of_ingress(R"({"ip":"203.0.113.7","request":"GET / HTTP/1.1"})") == Shape::unknown);
  CHECK(shape_of_ingress("example.com 203.0.113.7 GET / HTTP/1.1 404") == Shape::unknown);
  for (const std::string_view line :
       {"", "I1122 18:36:18.000000 7 main.go:1] \"Starting\"", "NGINX Ingress controller",
        R"({"level":"info","msg":"Configuration loaded"})",
        R"(2026/11/22 18:36:18 [error] 33#33: *1 x, client: 6.6.6.6, request: "GET / HTTP/1.1")"}) {
    INFO(line);
    CHECK(shape_of_ingress(line) == Shape::foreign);
  }
}

TEST_CASE("shapes: an audit log has events and nothing else") {
  CHECK(shape_of_audit(R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata"})") ==
        Shape::known);
  CHECK(shape_of_audit(R"({"kind":"Event","apiVersion":"audit.k8s.io/v2"})") == Shape::unknown);
  CHECK(shape_of_audit("x") == Shape::unknown);
  CHECK(shape_of_audit("") == Shape::foreign);
}

TEST_CASE("shapes: more than a hundred strange lines beyond the good ones are too many") {
  Misread misread;
  const auto count = [&misread](Shape shape, int times) {
    for (int i = 0; i < times; ++i) misread.count(shape);
  };
  for (int i = 0; i < 1000; ++i) {
    count(Shape::unknown, 1);
    count(Shape::known, 1);
    count(Shape::foreign, 3);
  }
  CHECK_FALSE(misread.is_too_much());
  count(Shape::unknown, 99);
  CHECK_FALSE(misread.is_too_much());
  count(Shape::unknown, 1);
  CHECK(misread.is_too_much());
  count(Shape::unknown, 100'000);
  count(Shape::known, 101);
  CHECK_FALSE(misread.is_too_much());
}
