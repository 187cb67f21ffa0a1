/// The other nodes in a few words.
#include "agent/peers_summary.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace kgnode {
namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 16;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

/// Whom it hurts most to miss comes first: one that was there before one that never was.
int order_of(peers::State state) {
  switch (state) {
    case peers::State::gone:
      return 0;
    case peers::State::suspect:
      return 1;
    case peers::State::unheard:
      return 2;
    case peers::State::alive:
      break;
  }
  return 3;
}

}  // namespace

json::value summarize_peers(const std::vector<peers::Peer>& peers, const std::string& trouble) {
  const auto count = [&peers](peers::State state) {
    return std::ranges::count(peers, state, &peers::Peer::state);
  };
  std::vector<const peers::Peer*> silent;
  for (const auto& peer : peers) {
    if (peer.state != peers::State::alive) silent.push_back(&peer);
  }
  std::ranges::stable_sort(silent, {},
                           [](const peers::Peer* peer) { return order_of(peer->state); });
  if (silent.size() > kShown) silent.resize(kShown);
  json::array list;
  for (const auto* peer : silent)
    list.push_back({{"name", text_or_null(peer->report.name)},
                    {"address", to_string(peer->address)},
                    {"state", to_string(peer->state)},
                    {"why", why_of(*peer)}});
  return {{"known", peers.size()},
          {"alive", count(peers::State::alive)},
          {"suspect", count(peers::State::suspect)},
          {"gone", count(peers::State::gone)},
          {"unheard", count(peers::State::unheard)},
          {"silent", std::move(list)},
          {"trouble", text_or_null(trouble)}};
}

}  // namespace kgnode
