#pragma once
/// How a node gets into its cluster: start it, join it, come back to it, or wait and say for what.
/// Never a second cluster by accident: one is started only by the first server, and only when every
/// other one has said that it has no data of a cluster.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "k3s/join/look.hpp"
#include "k3s/join/token.hpp"

namespace kgnode::k3s {

/// What is on this node's own disk.
struct OwnState {
  bool etcd = false;     // a member's write-ahead log: it is in a cluster
  bool sqlite = false;   // a cluster of its own, of the kind that no other server can join
  bool joined = false;   // an agent's certificate: it has joined before
  bool removed = false;  // the cluster has removed this member, so that `etcd` is no way back
};

constexpr auto kApply = "kgnode apply /etc/kgnode/node.toml";
constexpr auto kTokenRemedy =
    "copy the token whole from /var/lib/rancher/k3s/server/token of a server, then: kgnode apply "
    "/etc/kgnode/node.toml";
constexpr auto kAddressRemedy =
    "ip -br address shows what there is; networkctl reconfigure CARD gives it back; or correct "
    "network.address, then: kgnode apply /etc/kgnode/node.toml";

/// `why` is its own sentence; `cause` is stable, for programs and tests.
struct Trouble {
  std::string cause;
  std::string why;
  std::string remedy;
  bool operator==(const Trouble&) const = default;
};

enum class Way : std::uint8_t { wait, initialise, join, resume };

struct Decision {
  Way way = Way::wait;
  std::string server;  // the address to join or to come back by; empty: there is none
  Trouble trouble;     // of `wait`
  bool operator==(const Decision&) const = default;
};

struct Situation {
  std::string node;
  bool server = false;
  Address address;
  std::vector<Address> servers;  // as configured: the first one starts the cluster
  OwnState own;
  bool has_token = false;
  std::optional<Token> token;        // nullopt with has_token: malformed
  std::optional<LookReport> report;  // nullopt: nobody has looked yet
  std::string token_file;            // as configured; empty: none
};

Decision decide(const Situation& situation);

/// Whether the decision wants to know how the other servers are.
bool needs_servers(const Situation& situation);

/// Why a server does not let us in, with the way out.
Trouble explain(const ServerSeen& server, const Situation& situation);

/// What keeps a node that K3s runs on from every server; without a cause when one would let it in.
Trouble trouble_with_servers(const Situation& situation);
/// Whether too few servers are there for etcd to have a leader; without a cause when enough are.
Trouble trouble_with_quorum(const Situation& situation);

}  // namespace kgnode::k3s
