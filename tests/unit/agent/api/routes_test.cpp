/// Which request reaches which handler, for whom, and what comes back.
#include "agent/api/routes.hpp"

#include <format>

#include "tests/support/catch.hpp"
#include "tests/support/fake_node.hpp"
#include "tests/support/run_task.hpp"

using namespace kgnode::api;
using boost::json::serialize;

namespace {

Response ask(test::FakeNode& node, Request request, Privilege privilege = Privilege::admin) {
  return test::run_task(handle(std::move(request), {.uid = 1000, .privilege = privilege}, node));
}

std::string message_of(const Response& response) {
  return std::string(response.body.at("error").at("message").as_string());
}

Request make_valid_request(const Route& route) {
  Request request{.method = std::string(route.method), .target = std::string(route.path)};
  if (route.body == Body::toml) request.body = "schema = 1";
  if (route.parameters == "from to") request.target += "?from=10.0.0.1&to=10.0.0.2";
  if (route.parameters.starts_with("source")) request.target += "?source=203.0.113.7";
  if (route.parameters == "disk token") request.target += "?disk=sdb&token=0123456789ab";
  if (route.parameters == "address") request.target += "?address=203.0.113.7";
  if (route.parameters == "name data") request.target += "?name=cp-1&data=erase";
  return request;
}

}  // namespace

TEST_CASE("api routes: each route answers whom it is for, and nobody else") {
  for (const auto& route : routes()) {
    CAPTURE(route.method, route.path);
    const Request request = make_valid_request(route);
    test::FakeNode node;
    CHECK(ask(node, request, Privilege::none).status == 403);
    CHECK(ask(node, request, Privilege::read).status ==
          (route.privilege == Privilege::admin ? 403U : 200U));
    CHECK(node.changes.empty());
    CHECK(ask(node, request, Privilege::admin).status == 200);
    CHECK(node.changes.size() == (route.privilege == Privilege::admin ? 1U : 0U));
  }
}

TEST_CASE("api routes: a change takes the privilege to change and a POST") {
  for (const auto& route : routes()) {
    CAPTURE(route.path);
    if (route.privilege == Privilege::admin) CHECK(route.method == "POST");
    if (route.method == "GET") CHECK(route.body == Body::none);
  }
}

TEST_CASE("api routes: bad requests are told what is wrong, and change nothing") {
  const std::string toml = "application/toml";
  const struct {
    Request request;
    unsigned status;
    std::string message;
  } rows[] = {
      {{"GET", "/v1/statsu"},
       404,
       R"(no route "/v1/statsu"; did you mean "/v1/status"?; GET /v1 lists the routes)"},
      {{"GET", "/"}, 404, R"(no route "/"; GET /v1 lists the routes)"},
      {{"GET", "/v1/apply"}, 405, R"(/v1/apply is for POST, not "GET")"},
      {{"DELETE", "/v1/status"}, 405, R"(/v1/status is for GET, not "DELETE")"},
      {{"GET", "/v1/%zz"},
       400,
       R"(bad request target "/v1/%zz": a broken %XX escape, a control character or a repeated parameter)"},
      {{"GET", "/v1/log?limmit=3"},
       400,
       R"(unknown parameter "limmit" of /v1/log; did you mean "limit"?)"},
      {{"GET", "/v1/log?limit=0"}, 400, R"(limit is "0", but takes 1 to 1000)"},
      {{"GET", "/v1/figures?hours=0"}, 400, R"(hours is "0", but takes 1 to 24)"},
      {{"GET", "/v1/figures?hours=25"}, 400, R"(hours is "25", but takes 1 to 24)"},
      {{"GET", "/v1/log?limit=-1"}, 400, R"(limit is "-1", but takes 1 to 1000)"},
      {{"GET", "/v1/firewall/explain?from=10.0.0.1"},
       400,
       "explain takes two parameters: ?from=ADDRESS&to=ADDRESS[:PORT/PROTO]"},
      {{"GET", "/v1/status", "", "x"}, 400, "GET /v1/status takes no body"},
      {{"POST", "/v1/confirm", "", "x"}, 400, "POST /v1/confirm takes no body"},
      {{"POST", "/v1/apply", toml, ""}, 400, "the body is empty: send the configuration as TOML"},
      {{"POST", "/v1/apply", "application/json", "{}"},
       415,
       R"(the body is "application/json", but a configuration is "application/toml")"},
      {{"POST", "/v1/apply", "application/x-www-form-urlencoded", "a=1"},
       415,
       "the body is \"application/x-www-form-urlencoded\", but a configuration is "
       "\"application/toml\"; with curl: -H 'Content-Type: application/toml' --data-binary @FILE"},
      {{"POST", "/v1/apply?confirm_within=5", toml, "a=1"},
       400,
       R"(confirm_within is "5", but takes 3s to 24h, for example "2m")"},
      {{"POST", "/v1/apply?confirm_within=2s", toml, "a=1"},
       400,
       R"(confirm_within is "2s", but takes 3s to 24h, for example "2m")"},
      {{"POST", "/v1/apply?confirm_within=25h", toml, "a=1"},
       400,
       R"(confirm_within is "25h", but takes 3s to 24h, for example "2m")"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.request.method, row.request.target);
    test::FakeNode node;
    const Response response = ask(node, row.request);
    CHECK(response.status == row.status);
    CHECK(message_of(response) == row.message);
    CHECK(node.changes.empty());
  }
}

TEST_CASE("api routes: a wrong method names the right one in Allow") {
  test::FakeNode node;
  CHECK(ask(node, {"PUT", "/v1/apply"}).allow == "POST");
  CHECK(ask(node, {"PUT", "/v1/applyy"}).allow.empty());
}

TEST_CASE("api routes: a reader is told which group may change") {
  test::FakeNode node;
  CHECK(
      message_of(ask(node, {"POST", "/v1/revert"}, Privilege::read)) ==
      R"(user id 1000 may not POST /v1/revert: that takes root or a member of group "kgnode-admin")");
  CHECK(message_of(ask(node, {"GET", "/v1/nothing"}, Privilege::none))
            .starts_with("user id 1000 may not use the admin socket"));
}

TEST_CASE("api routes: apply takes a window, and the peer goes with it") {
  for (const auto* type :
       {"", "application/toml", "text/plain; charset=utf-8", "Application/TOML"}) {
    CAPTURE(type);
    test::FakeNode node;
    CHECK(ask(node, {"POST", "/v1/apply?confirm_within=90s", type, "a=1"}).status == 200);
    CHECK(ask(node, {"POST", "/v1/apply", type, "a=1"}).status == 200);
    CHECK(node.changes == std::vector<std::string>{"apply 1m30s by 1000", "apply - by 1000"});
  }
}

TEST_CASE("api routes: a refusal of the node comes through with its detail") {
  test::FakeNode node;
  node.refusal = ApiError{409, "would cut off 203.0.113.7", {{"address", "203.0.113.7"}}};
  const Response response = ask(node, {"POST", "/v1/apply", "", "a=1"});
  CHECK(response.status == 409);
  CHECK(serialize(response.body) ==
        R"({"error":{"status":409,"message":"would cut off 203.0.113.7",)"
        R"("detail":{"address":"203.0.113.7"}}})");
  CHECK(ask(node, {"POST", "/v1/plan", "", "broken"}).status == 422);
}

TEST_CASE("api routes: the list of routes is the table") {
  test::FakeNode node;
  const Response response = ask(node, {"GET", "/v1"});
  const auto& list = response.body.at("routes").as_array();
  REQUIRE(list.size() == routes().size());
  CHECK(serialize(list[0]) ==
        R"({"method":"GET","path":"/v1","privilege":"read","summary":"the routes"})");
}

TEST_CASE("api routes: a plan without a body is about the file in force") {
  test::FakeNode node;
  const Response response = ask(node, {"POST", "/v1/plan"}, Privilege::read);
  CHECK(response.status == 200);
  CHECK(response.body.at("changes") == true);
  CHECK(response.body.at("domains").as_array().size() == 1);
}

TEST_CASE("api routes: health is short") {
  test::FakeNode node;
  CHECK(serialize(ask(node, {"GET", "/v1/health"}).body) ==
        R"({"phase":"hardened","reason":null,"healthy":true})");
}
