/// Each way in which a server does not let us in, in words.
#include <format>

#include "agent/base/text.hpp"
#include "k3s/join/decide.hpp"

namespace kgnode::k3s {
namespace {

constexpr auto kListens = "which program listens there? on that server: ss -tlnp \"sport = :6443\"";
Trouble unreachable(const ServerSeen& server, const std::string& at, const Situation& situation) {
  switch (server.contact) {
    case Contact::no_route:
      return {"no-route", std::format("there is no way to {}: {}", at, server.text),
              std::format("ip route get {}; is the vRack attached to both machines, and is it the "
                          "address of a server? otherwise correct k3s.servers, then: {}",
                          to_string(server.address), kApply)};
    case Contact::no_source:
      return {"no-address", "this node does not have the address that network.address names",
              kAddressRemedy};
    case Contact::refused:
      return {"refused", std::format("{} is there, but nothing listens on its port 6443", at),
              std::format("on that server: kgnode k3s diagnose; when it runs there, a firewall "
                          "rejects us: kgnode firewall explain {} {}:6443/tcp",
                          to_string(situation.address), to_string(server.address))};
    case Contact::cut:
      return {"mtu", std::format("small packets reach {}, large ones do not: {}", at, server.text),
              std::format("ping -M do -s 1422 {}, and smaller until it passes; then on every node "
                          "give the vRack interface that MTU, which is 28 more: ip link set dev "
                          "CARD mtu MTU",
                          to_string(server.address))};
    default:
      return {
          "silent", std::format("{} does not answer on port 6443", at),
          std::format("is it up, and does its firewall let this node in? on that server: kgnode "
                      "firewall explain {} {}:6443/tcp; if it is no server: correct "
                      "k3s.servers, then: {}",
                      to_string(situation.address), to_string(server.address), kApply)};
  }
}

Trouble bad_certificate(const ServerSeen& server, const std::string& at) {
  switch (server.contact) {
    case Contact::not_yet_valid:
      return {"clock-behind",
              std::format("by this node's clock the certificate of {} is not valid yet", at),
              "chronyc makestep; then chronyc tracking"};
    case Contact::expired:
      return {"certificate-expired",
              std::format("by this node's clock the certificate of {} has expired", at),
              "compare the clocks first; then on that server: systemctl restart k3s"};
    case Contact::wrong_name:
      return {"wrong-name", std::format("the certificate of {} is not for that address", at),
              std::format("add {} to k3s.tls_san on all servers, then there: {}",
                          to_string(server.address), kApply)};
    case Contact::wrong_clock:
      return {
          "clock",
          std::format("the clock of {} is {} s {} of ours", at, std::abs(server.clock.value_or(0)),
                      server.clock.value_or(0) > 0 ? "ahead" : "behind"),
          "chronyc makestep, on the node that is wrong"};
    default:
      return {
          "untrusted",
          std::format("the certificate of {} is not by the CA that it shows: {}", at, server.text),
          std::format("something between us answers for it: openssl s_client -connect {}:6443",
                      to_string(server.address))};
  }
}

Trouble not_let_in(const ServerSeen& server, const std::string& at, const Situation& situation) {
  switch (server.contact) {
    case Contact::unauthorized:
      if (situation.token && situation.token->kind == TokenKind::bootstrap) {
        return {"token-expired", std::format("{} does not know the token any more", at),
                "on a server: k3s token create; a bootstrap token lasts 24 hours"};
      }
      return {"wrong-token", std::format("{} does not take the token", at), kTokenRemedy};
    case Contact::forbidden:
      return {"token-of-other-role",
              std::format("{} takes the token, but not for a {}", at,
                          situation.server ? "control plane" : "worker"),
              situation.server ? "give the servers' token, not the agents'" : kTokenRemedy};
    case Contact::no_etcd:
      return {"sqlite-server",
              std::format("{} runs on SQLite, and no other server can join it", at),
              "on that server, which moves it to etcd: echo \"cluster-init: true\" "
              ">/etc/rancher/k3s/config.yaml.d/cluster-init.yaml; systemctl restart k3s"};
    case Contact::starting:
      return {"server-starting", std::format("K3s on {} is still starting", at),
              "nothing: this node goes on by itself"};
    default:
      return {"unclear",
              std::format("{} gives an answer that is not understood: {}", at, server.text),
              "on that server: kgnode k3s diagnose"};
  }
}

}  // namespace

Trouble explain(const ServerSeen& server, const Situation& situation) {
  const auto at = "server " + to_string(server.address);
  switch (server.contact) {
    case Contact::silent:
    case Contact::no_route:
    case Contact::no_source:
    case Contact::refused:
    case Contact::cut:
    case Contact::failed:
      return unreachable(server, at, situation);
    case Contact::wrong_ca:
      return {
          "wrong-ca",
          std::format("{} shows another CA than the one that is pinned: {}", at, server.ca_hash),
          "is it the right cluster? on that server: sha256sum "
          "/var/lib/rancher/k3s/server/tls/server-ca.crt; the token was not sent; for another "
          "cluster on purpose: correct k3s.ca_hash and the token, and remove "
          "/var/lib/kgnode/k3s-ca"};
    case Contact::no_tls:
      return {"no-tls",
              std::format("port 6443 of {} does not speak TLS to its end: {}", at, server.text),
              kListens};
    case Contact::not_k3s:
      return {"not-k3s",
              std::format("what answers on port 6443 of {} is no K3s: {}", at, server.text),
              kListens};
    case Contact::not_yet_valid:
    case Contact::expired:
    case Contact::wrong_name:
    case Contact::untrusted:
    case Contact::wrong_clock:
      return bad_certificate(server, at);
    case Contact::unauthorized:
    case Contact::forbidden:
    case Contact::no_etcd:
    case Contact::starting:
    case Contact::unclear:
    case Contact::ready:
      break;
  }
  return not_let_in(server, at, situation);
}

}  // namespace kgnode::k3s
