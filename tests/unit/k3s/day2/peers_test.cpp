/// Whether a server may stop, by what the API and etcd say of the others.
#include "k3s/day2/peers.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;

namespace {

k3s::Peers three() {
  return {.answered = true,
          .nodes = {{.name = "cp-1", .ready = true, .voter = true},
                    {.name = "cp-2", .ready = true, .voter = true},
                    {.name = "cp-2-b", .ready = true, .voter = true}},
          .members = {
              {.name = "cp-1-11111111"}, {.name = "cp-2-22222222"}, {.name = "cp-2-b-33333333"}}};
}

}  // namespace

TEST_CASE("k3s peers: a server may stop when all others are voters and ready") {
  CHECK(k3s::why_not_stop(three(), "cp-1").empty());
  auto own = three();
  own.nodes[0].ready = own.nodes[0].voter = false;
  CHECK(k3s::why_not_stop(own, "cp-1").empty());
  const k3s::Peers alone{.answered = true, .members = {{.name = "cp-1-11111111"}}};
  CHECK(k3s::why_not_stop(alone, "cp-1").empty());
}

TEST_CASE("k3s peers: and not when one is missed, not ready, or no voter") {
  auto peers = three();
  peers.nodes[1].ready = false;
  CHECK(k3s::why_not_stop(peers, "cp-1") == "cp-2 is not ready");
  peers = three();
  peers.nodes[2].voter = false;
  CHECK(k3s::why_not_stop(peers, "cp-1").starts_with("cp-2-b is no healthy voter"));
  peers = three();
  peers.members[1].learner = true;
  CHECK(k3s::why_not_stop(peers, "cp-1").contains("learner"));
  peers = three();
  peers.nodes.pop_back();
  CHECK(k3s::why_not_stop(peers, "cp-1").contains("there is no node"));
  peers = three();
  CHECK(k3s::why_not_stop(peers, "cp-9").contains("does not know this server"));
  peers.answered = false;
  peers.text = "refused";
  CHECK(k3s::why_not_stop(peers, "cp-1").contains("cannot be told: refused"));
}

TEST_CASE("k3s peers: a list of nodes is read, and nothing else") {
  const auto peers = k3s::parse_peers(
      R"({"items":[{"metadata":{"name":"cp-1"},"status":{"nodeInfo":{"kubeletVersion":"v1.34.3+k3s1"},)"
      R"("conditions":[{"type":"Ready","status":"True"},{"type":"EtcdIsVoter","status":"False"}]}},{"metadata":7}]})");
  REQUIRE(peers);
  REQUIRE(peers->size() == 2);
  CHECK(peers->front() ==
        k3s::Peer{.name = "cp-1", .ready = true, .voter = false, .version = "v1.34.3+k3s1"});
  CHECK_FALSE(k3s::parse_peers("{}"));
  CHECK_FALSE(k3s::parse_peers("no"));
}
