/// What a drain takes off a node, and what it says of what stays.
#include "k3s/day2/pods.hpp"

#include <format>

#include "tests/support/catch.hpp"

using namespace kgnode;
using k3s::Eviction, k3s::Pod;

namespace {

std::string pod(const std::string& name, const std::string& more) {
  return std::format(
      R"({{"metadata":{{"name":"{}","namespace":"default"{}}},"status":{{"phase":"{}"}}}})", name,
      more, name == "ended" ? "Succeeded" : "Running");
}

std::string owned_by(const char* kind) {
  return std::format(R"(,"ownerReferences":[{{"kind":"{}","controller":true}}])", kind);
}

}  // namespace

TEST_CASE("k3s pods: those of DaemonSets, static ones and ended ones stay") {
  const auto pods = k3s::parse_pods(
      R"({"items":[)" + pod("web", owned_by("ReplicaSet")) + "," + pod("bare", "") + "," +
      pod("agent", owned_by("DaemonSet")) + "," + pod("ended", owned_by("Job")) + "," +
      pod("static", R"(,"annotations":{"kubernetes.io/config.mirror":"x"})") + "]}");
  REQUIRE(pods);
  CHECK(*pods == std::vector<Pod>{{"default", "web", true}, {"default", "bare", false}});
  CHECK(k3s::explain_lost(*pods).starts_with("default/bare would be lost"));
  CHECK(k3s::explain_lost({pods->front()}).empty());
  CHECK_FALSE(k3s::parse_pods("{}"));
}

TEST_CASE("k3s pods: an eviction is done, refused by a budget, or failed") {
  CHECK(k3s::judge_eviction(201) == Eviction::done);
  CHECK(k3s::judge_eviction(404) == Eviction::done);
  CHECK(k3s::judge_eviction(429) == Eviction::refused);
  CHECK(k3s::judge_eviction(403) == Eviction::failed);
  CHECK(k3s::eviction_path({"a", "b"}) == "/api/v1/namespaces/a/pods/b/eviction");
  CHECK(k3s::parse_message(R"({"message":"no\u0007"})") == "no\\x07");
}

TEST_CASE("k3s pods: what stays is named with its reason, and Longhorn's with its way out") {
  std::vector<k3s::Kept> kept;
  for (int i = 0; i < 7; ++i) kept.push_back({{"a", std::format("p{}", i), true}, "the budget"});
  auto text = k3s::explain_kept(kept);
  CHECK(text.starts_with(
      "a/p0, a/p1, a/p2, a/p3, a/p4 and 2 more cannot be moved off the node: the budget"));
  CHECK(text.contains("--force"));
  CHECK_FALSE(text.contains("Longhorn"));
  kept.push_back({{"longhorn-system", "instance-manager-1", true}, "the budget"});
  text = k3s::explain_kept(kept);
  CHECK(text.contains("Longhorn"));
}
