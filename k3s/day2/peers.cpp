/// The servers of a cluster, and whether one of them may stop.
#include "k3s/day2/peers.hpp"

#include <algorithm>
#include <format>

#include <boost/json.hpp>

#include "k3s/join/json.hpp"

namespace kgnode::k3s {
namespace {

namespace json = boost::json;

Peer to_peer(const json::value& node) {
  Peer peer{.name = text_of(node, "/metadata/name"),
            .version = text_of(node, "/status/nodeInfo/kubeletVersion")};
  const auto* conditions = find(node, "/status/conditions");
  if (conditions == nullptr || !conditions->is_array()) return peer;
  for (const auto& condition : conditions->get_array()) {
    const auto type = text_of(condition, "/type");
    const bool holds = text_of(condition, "/status") == "True";
    if (type == "Ready") peer.ready = holds;
    if (type == "EtcdIsVoter") peer.voter = holds;
  }
  return peer;
}

/// etcd's name of a member is that of its node and eight hexadecimal digits.
bool is_of(const Member& member, std::string_view node) {
  constexpr std::size_t kSuffix = 9;
  return member.name.size() == node.size() + kSuffix && member.name.starts_with(node) &&
         member.name[node.size()] == '-';
}

}  // namespace

std::optional<std::vector<Peer>> parse_peers(std::string_view text) {
  boost::system::error_code error;
  const auto root = json::parse(text, error);
  const auto* items = error ? nullptr : find(root, "/items");
  if (items == nullptr || !items->is_array()) return std::nullopt;
  std::vector<Peer> peers;
  for (const auto& item : items->get_array()) peers.push_back(to_peer(item));
  return peers;
}

std::string parse_git_version(std::string_view text) {
  boost::system::error_code error;
  const auto root = json::parse(text, error);
  return error ? std::string() : text_of(root, "/gitVersion");
}

std::string why_not_stop(const Peers& peers, std::string_view own) {
  if (!peers.answered) return "how the other servers are cannot be told: " + peers.text;
  if (std::ranges::none_of(peers.members, [own](const auto& one) { return is_of(one, own); }))
    return "etcd does not know this server as a member";
  for (const auto& member : peers.members) {
    if (is_of(member, own)) continue;
    if (member.learner)
      return std::format("{} is still a learner of etcd, and no voter", member.name);
    const auto node = std::ranges::find_if(
        peers.nodes, [&member](const Peer& peer) { return is_of(member, peer.name); });
    if (node == peers.nodes.end())
      return std::format("etcd has a member {}, of which there is no node", member.name);
    if (!node->ready) return std::format("{} is not ready", node->name);
    if (!node->voter) return std::format("{} is no healthy voter of etcd", node->name);
  }
  return {};
}

}  // namespace kgnode::k3s
