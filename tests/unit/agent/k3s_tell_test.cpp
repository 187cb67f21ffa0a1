/// What is asked of the API, one call after the other.
#include "agent/k3s_tell.hpp"

#include <map>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kgnode;

namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};
constexpr auto kNode = R"({"kind":"Node","status":{"conditions":[]}})";

/// Answers by method and path; nothing else is there.
struct FakeApi {
  std::map<std::string, k3s::Reply> replies = {
      {"GET /api/v1/nodes/cp-1", {.status = 200, .body = kNode}},
      {"PATCH /api/v1/nodes/cp-1/status", {.status = 200, .body = kNode}},
      {"POST /api/v1/namespaces/default/events", {.status = 201}}};
  bool answers = true;
  std::vector<ApiCall> calls;

  Result<k3s::Reply> operator()(const ApiCall& call) {
    calls.push_back(call);
    if (!answers) return fail(Error::plain("the API does not answer: refused"));
    const auto found = replies.find(call.method + " " + call.path);
    return found == replies.end() ? k3s::Reply{.status = 404} : found->second;
  }
};

k3s::TellRequest request() {
  return {.node = "cp-1",
          .conditions = {{.type = "ServiceProblem", .status = "True", .reason = "UnitFailed"}},
          .events = {{.reason = "UnitFailed"}, {.reason = "PhaseReady", .count = 2}}};
}

k3s::TellReport tell(FakeApi& api, const k3s::TellRequest& what = request(),
                     const k3s::TellReport& before = {}) {
  return tell_cluster(what, before, kNow, [&api](const ApiCall& call) { return api(call); });
}

}  // namespace

TEST_CASE("k3s tell: conditions go into the status by a strategic merge, as the kubelet") {
  FakeApi api;
  const auto report = tell(api);
  CHECK(report == k3s::TellReport{.told = true,
                                  .conditions = request().conditions,
                                  .told_at = 1'800'000'000,
                                  .delivered = {"UnitFailed", "PhaseReady"}});
  REQUIRE(api.calls.size() == 4);
  CHECK(api.calls[1].path == "/api/v1/nodes/cp-1/status");
  CHECK(api.calls[1].patch == "strategic-merge-patch");
  for (const auto& call : api.calls) CHECK(call.caller == Caller::kubelet);
}

TEST_CASE("k3s tell: without an answer nothing else is asked, and what was told before is kept") {
  FakeApi api;
  api.answers = false;
  const k3s::TellReport before{
      .told = true, .conditions = request().conditions, .told_at = 1'700'000'000};
  const auto report = tell(api, request(), before);
  CHECK(api.calls.size() == 1);
  CHECK(report == k3s::TellReport{.text = "the API does not answer: refused",
                                  .conditions = before.conditions,
                                  .told_at = 1'700'000'000,
                                  .waiting = 2});
}

TEST_CASE("k3s tell: a refusal is told with the API's words, and ends it") {
  FakeApi api;
  api.replies["PATCH /api/v1/nodes/cp-1/status"] = {
      .status = 403, .body = R"({"kind":"Status","message":"nodes \"cp-1\" is forbidden"})"};
  auto report = tell(api);
  CHECK(report.text ==
        "the API answers a change of this node's conditions with status 403: nodes \"cp-1\" is "
        "forbidden");
  CHECK(api.calls.size() == 2);
  api = {};
  api.replies["POST /api/v1/namespaces/default/events"] = {.status = 429};
  report = tell(api);
  CHECK_FALSE(report.told);
  CHECK(report.told_at == 1'800'000'000);  // the conditions are there
  CHECK(report.conditions == request().conditions);
  CHECK(report.delivered.empty());
  CHECK(report.waiting == 2);
}

TEST_CASE("k3s tell: an event that is there already is counted") {
  FakeApi api;
  const std::string path = "/api/v1/namespaces/default/events";
  api.replies["POST " + path] = {.status = 409};
  api.replies["PATCH " + path + "/cp-1.kgnode.phaseready"] = {
      .status = 200, .body = R"({"kind":"Event","count":5})"};
  auto what = request();
  what.events.erase(what.events.begin());
  CHECK(tell(api, what).told);
  REQUIRE(api.calls.size() == 5);
  CHECK(api.calls[4].body == R"({"count":7})");
  CHECK(api.calls[4].patch == "merge-patch");
}

TEST_CASE("k3s tell: with nothing to say and nothing of ours there the Node is left alone") {
  FakeApi api;
  CHECK(tell(api, {.node = "cp-1"}).told);
  CHECK(api.calls.size() == 1);
}
