/// The facts as JSON, and what K3s's own JSON says.
#include "k3s/join/look.hpp"

#include <algorithm>
#include <format>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "k3s/join/json.hpp"

// How they stand in JSON: fields by their names, enumerators as text.
namespace kgnode {

void tag_invoke(boost::json::value_from_tag /*tag*/, boost::json::value& json,
                const Address& address) {
  json = to_string(address);
}

boost::system::result<Address> tag_invoke(const boost::json::try_value_to_tag<Address>& /*tag*/,
                                          const boost::json::value& json) {
  const auto* text = json.if_string();
  const auto address = text != nullptr ? parse_address(*text) : std::nullopt;
  if (address) return *address;
  return make_error_code(boost::json::error::not_string);
}

namespace k3s {

BOOST_DESCRIBE_ENUM(Seat, unknown, empty, taken)
BOOST_DESCRIBE_ENUM(Contact, silent, no_route, no_source, refused, failed, cut, no_tls, not_k3s,
                    starting, wrong_ca, not_yet_valid, expired, wrong_name, untrusted, wrong_clock,
                    unauthorized, forbidden, no_etcd, unclear, ready)
BOOST_DESCRIBE_STRUCT(Member, (), (name, learner))
BOOST_DESCRIBE_STRUCT(ServerSeen, (), (address, contact, text, ca_hash, clock, members, seat))
BOOST_DESCRIBE_STRUCT(NodeSeen, (), (answered, ready, voter, text, version, default_disks))
BOOST_DESCRIBE_STRUCT(LogSeen, (), (cause, evidence, meaning, remedy))
BOOST_DESCRIBE_STRUCT(Peer, (), (name, ready, voter, version))
BOOST_DESCRIBE_STRUCT(Peers, (), (answered, text, nodes, members))
BOOST_DESCRIBE_STRUCT(Asking, (), (node, state, told))
BOOST_DESCRIBE_STRUCT(LockSeen, (), (answered, holder, asking))
BOOST_DESCRIBE_ENUM(LockDeed, grant, tell, forget)
BOOST_DESCRIBE_STRUCT(LockMove, (), (deed, node, holder))
BOOST_DESCRIBE_STRUCT(LookReport, (), (servers, node, log, peers, lock, arguments))
BOOST_DESCRIBE_STRUCT(LookRequest, (),
                      (node, address, servers, server, ca_hash, token_file, ask_servers, ask_node,
                       read_log, read_arguments, ask_peers, default_disks, lock_move))

std::string_view to_string(Contact contact) {
  return boost::describe::enum_to_string(contact, "unclear");
}

std::string_view to_string(LockDeed deed) {
  return boost::describe::enum_to_string(deed, "unclear");
}

std::string to_text(const LookRequest& request) {
  return boost::json::serialize(boost::json::value_from(request)) + "\n";
}

Result<LookRequest> parse_look_request(std::string_view text) {
  return from_text<LookRequest>(text, kLookRequest);
}

std::string to_text(const LookReport& report) {
  return boost::json::serialize(boost::json::value_from(report)) + "\n";
}

Result<LookReport> parse_look_report(std::string_view text) {
  return from_text<LookReport>(text, kLookReport);
}

std::optional<std::vector<Member>> parse_members(std::string_view text) {
  boost::system::error_code error;
  const auto json = boost::json::parse(text, error);
  const auto* list = error ? nullptr : find(json, "/members");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<Member> members;
  for (const auto& item : list->get_array()) {
    if (!item.is_object()) return std::nullopt;
    const auto* learner = find(item, "/isLearner");
    members.push_back({.name = text_of(item, "/name"),
                       .learner = learner != nullptr && learner->is_bool() && learner->get_bool()});
  }
  return members;
}

std::optional<NodeSeen> parse_node(std::string_view text) {
  boost::system::error_code error;
  const auto json = boost::json::parse(text, error);
  const auto* conditions = error ? nullptr : find(json, "/status/conditions");
  if (conditions == nullptr || !conditions->is_array()) return std::nullopt;
  NodeSeen node{.answered = true, .version = text_of(json, "/status/nodeInfo/kubeletVersion")};
  if (const auto* metadata = find(json, "/metadata/annotations");
      metadata && metadata->is_object()) {
    const auto* disks = metadata->get_object().if_contains(kDefaultDisks);
    if (disks != nullptr && disks->is_string()) node.default_disks = printable(disks->get_string());
  }
  node.text = "its kubelet has not said that it is ready";
  for (const auto& condition : conditions->get_array()) {
    const auto type = text_of(condition, "/type");
    const bool holds = text_of(condition, "/status") == "True";
    if (type == "EtcdIsVoter") node.voter = holds;
    if (type != "Ready") continue;
    node.ready = holds;
    node.text = holds ? "" : text_of(condition, "/message");
  }
  return node;
}

std::string annotation_patch(std::string_view name, std::string_view value) {
  const boost::json::object annotations{{name, value}};
  return boost::json::serialize(boost::json::object{{"metadata", {{"annotations", annotations}}}});
}

}  // namespace k3s
}  // namespace kgnode
