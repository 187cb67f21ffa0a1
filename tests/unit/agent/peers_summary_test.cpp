/// The other nodes in a few words.
#include "agent/peers_summary.hpp"

#include <boost/json.hpp>

#include "tests/support/catch.hpp"

using namespace kgnode;
using peers::Peer, peers::State;

namespace {

Peer peer(int last, State state) {
  Peer peer{.address = *parse_address("10.0.0." + std::to_string(last)), .state = state};
  if (state != State::unheard) {
    peer.report.name = "node-" + std::to_string(last);
    peer.silent = std::chrono::seconds(state == State::alive ? 2 : 40);
  }
  return peer;
}

}  // namespace

TEST_CASE("peers summary: how many there are of each, who is silent, the lost ones first") {
  const std::vector peers = {peer(11, State::alive), peer(12, State::unheard),
                             peer(13, State::suspect), peer(14, State::gone)};
  CHECK(
      summarize_peers(peers, "") ==
      boost::json::parse(
          R"({"known":4,"alive":1,"suspect":1,"gone":1,"unheard":1,"silent":[)"
          R"({"name":"node-14","address":"10.0.0.14","state":"gone","why":"silent for 40s"},)"
          R"({"name":"node-13","address":"10.0.0.13","state":"suspect","why":"silent for 40s"},)"
          R"({"name":null,"address":"10.0.0.12","state":"unheard","why":"never heard: it is off, )"
          R"(UDP 9181 does not get here, or it has another key"}],"trouble":null})"));
}

TEST_CASE("peers summary: of many silent ones some are named, all are counted") {
  std::vector<Peer> peers;
  for (int i = 1; i <= 100; ++i) peers.push_back(peer(i, State::gone));
  const auto summary = summarize_peers(peers, "no key");
  CHECK(summary.at("gone") == 100);
  CHECK(summary.at("silent").as_array().size() == 16);
  CHECK(summary.at("trouble") == "no key");
}
