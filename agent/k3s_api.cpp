/// K3s' API by curl.
#include "agent/k3s_api.hpp"

#include <format>

#include "k3s/day2/peers.hpp"
#include "k3s/join/paths.hpp"

namespace kgnode {
namespace {

constexpr std::uint16_t kServerPort = 6443;
constexpr std::uint16_t kAgentPort = 6444;  // the load balancer that knows the servers

std::string host_of(const Address& server) {
  return server.family == Family::ipv6 ? "[" + to_string(server) + "]" : to_string(server);
}

}  // namespace

Result<k3s::Reply> K3sApi::call(const ApiCall& call) const {
  auto reply = ask_at("127.0.0.1", server_ ? kServerPort : kAgentPort, call);
  for (auto other = others_.begin(); !reply && other != others_.end(); ++other) {
    if (auto there = ask_at(host_of(*other), kServerPort, call)) reply = *std::move(there);
  }
  return reply;
}

Result<k3s::Reply> K3sApi::ask_at(const std::string& host, std::uint16_t port,
                                  const ApiCall& call) const {
  const bool as_kubelet = call.caller == Caller::kubelet;
  auto reply =
      k3s::ask({.url = std::format("https://{}:{}{}", host, port, call.path),
                .ca_file = k3s::kServerCa,
                .client_cert = as_kubelet ? k3s::kKubeletCertificate : k3s::kAdminCertificate,
                .client_key = as_kubelet ? k3s::kKubeletKey : k3s::kAdminKey,
                .method = call.method,
                .body = call.body,
                .limit = call.limit,
                .patch = call.patch});
  if (!reply) return fail(Error::plain("the API does not answer: " + reply.error().text));
  return *std::move(reply);
}

std::string K3sApi::version_of(const Address& server) const {
  const auto reply = ask_at(host_of(server), kServerPort, {.path = "/version"});
  return reply && reply->status == 200 ? k3s::parse_git_version(reply->body) : std::string();
}

k3s::Peers K3sApi::see_peers() const {
  k3s::Peers peers;
  const auto nodes = call({.caller = Caller::administrator, .path = k3s::kServersPath});
  const auto members = call({.caller = Caller::administrator, .path = "/db/info"});
  if (!nodes || !members) {
    peers.text = nodes ? members.error().message() : nodes.error().message();
    return peers;
  }
  auto shown = k3s::parse_peers(nodes->body);
  auto listed = k3s::parse_members(members->body);
  if (nodes->status != 200 || members->status != 200 || !shown || !listed) {
    peers.text =
        std::format("the API answers with status {} and {}", nodes->status, members->status);
    return peers;
  }
  return {.answered = true, .text = {}, .nodes = *std::move(shown), .members = *std::move(listed)};
}

}  // namespace kgnode
