/// Request targets and their escapes.
#include "agent/api/http.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::api;

TEST_CASE("api http: a target is a path and parameters, decoded once") {
  using Query = std::map<std::string, std::string>;
  const struct {
    std::string_view text;
    std::string path;
    Query query;
  } rows[] = {
      {"/v1", "/v1", {}},
      {"/v1?", "/v1", {}},
      {"/v1/log?limit=5", "/v1/log", {{"limit", "5"}}},
      {"/a?from=10.0.0.1&to=10.0.0.2:22/tcp",
       "/a",
       {{"from", "10.0.0.1"}, {"to", "10.0.0.2:22/tcp"}}},
      {"/a?from=%3A%3a1", "/a", {{"from", "::1"}}},
      {"/a?x=%2525+1", "/a", {{"x", "%25+1"}}},
      {"/a?x", "/a", {{"x", ""}}},
      {"/a?x=1=2", "/a", {{"x", "1=2"}}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto target = parse_target(row.text);
    REQUIRE(target);
    CHECK(target->path == row.path);
    CHECK(target->query == row.query);
  }
}

TEST_CASE("api http: broken escapes, control bytes and repeated parameters are refused") {
  for (const std::string_view text : {"/v1%", "/v1%2", "/v1%zz", "/v1%-1", "/v1%00", "/v1?a=%0a",
                                      "/v1\x7f", "/v1?a=1&a=2", "/v1?a=1&%61=2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_target(text));
  }
}

TEST_CASE("api http: what is encoded decodes to itself") {
  const std::string odd = "2001:db8::1 [x]&y=%\xc3\xa9";
  CHECK(percent_encode("::1") == "%3A%3A1");
  CHECK(parse_target("/a?x=" + percent_encode(odd))->query.at("x") == odd);
}

TEST_CASE("api http: an error is an object with status, message and detail") {
  const auto response = make_error_response({403, "no \x1b way"});
  CHECK(response.status == 403);
  CHECK(boost::json::serialize(response.body) ==
        R"({"error":{"status":403,"message":"no \\x1b way","detail":null}})");
}
