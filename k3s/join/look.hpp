#pragma once
/// What a node sees of its cluster from outside K3s: the facts by which it decides how to join, and
/// by which it says why it cannot. Gathered by a process of its own, which may use the network.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "k3s/join/seat.hpp"

namespace kgnode::k3s {

constexpr auto kLookRequest = "/run/kgnode/k3s/look-request.json";
constexpr auto kLookReport = "/run/kgnode/k3s/look.json";
constexpr auto kLookUnit = "kgnode-k3s-look.service";
constexpr auto kLookToken = "/run/kgnode/k3s/look-token";  // there while a look is taken

/// How far a server lets us come, the first that does not hold.
enum class Contact : std::uint8_t {
  silent,         // nothing was heard
  no_route,       // the network says that it cannot be reached
  no_source,      // we do not have the address to ask from
  refused,        // the host is there, K3s is not
  failed,         // something else between us and its port
  cut,            // small packets arrive, large ones do not
  no_tls,         // its port does not speak TLS, or not to an end
  not_k3s,        // it shows no CA, which K3s does from its first moment on
  starting,       // 503
  wrong_ca,       // another CA than the pinned one
  not_yet_valid,  // its certificate, by our clock
  expired,        // its certificate, by our clock
  wrong_name,     // its certificate is not for the address we asked
  untrusted,      // its certificate is not by the CA that it shows
  wrong_clock,    // our clocks differ by more than kClockLimit
  unauthorized,   // 401: right CA, wrong password
  forbidden,      // 403: the token of the other role
  no_etcd,        // 400: it runs on SQLite
  unclear,        // an answer that we do not understand
  ready           // it would let us in
};
std::string_view to_string(Contact contact);

constexpr int kClockLimit = 60;  // seconds

/// From which Longhorn takes the disks of a node that has the label create-default-disk=config.
/// K3s sets labels, and no annotations.
constexpr auto kDefaultDisks = "node.longhorn.io/default-disks-config";

struct Member {
  std::string name;  // "cp-1-1a2b3c4d"
  bool learner = false;
  bool operator==(const Member&) const = default;
};

struct ServerSeen {
  Address address;
  Contact contact = Contact::silent;
  std::string text;             // what was said, one printable line
  std::string ca_hash;          // of the CA that it shows
  std::optional<int> clock;     // its clock minus ours, in seconds
  std::vector<Member> members;  // of etcd, when it was asked as a server and let us in
  Seat seat = Seat::unknown;
  bool operator==(const ServerSeen&) const = default;
};

/// This node as its own API server or load balancer shows it.
struct NodeSeen {
  bool answered = false;
  bool ready = false;
  std::optional<bool> voter;  // of servers
  std::string text;           // why it is not ready
  std::string version;
  std::optional<std::string> default_disks;  // Longhorn's annotation, see kDefaultDisks
  bool operator==(const NodeSeen&) const = default;
};

/// A server as the API shows it.
struct Peer {
  std::string name;
  bool ready = false;
  bool voter = false;  // of etcd
  std::string version;
  bool operator==(const Peer&) const = default;
};

/// The servers of the cluster, this one too: by the API, and by etcd's list of members.
struct Peers {
  bool answered = false;
  std::string text;  // why not
  std::vector<Peer> nodes;
  std::vector<Member> members;
  bool operator==(const Peers&) const = default;
};

/// A worker that asks for the cluster's lock, see k3s/day2/lock.hpp.
struct Asking {
  std::string node;
  std::string state;
  std::string told;  // who has it
  bool operator==(const Asking&) const = default;
};

struct LockSeen {
  bool answered = false;
  std::string holder;  // empty: it is free
  std::vector<Asking> asking;
  bool operator==(const LockSeen&) const = default;
};

/// `grant`: take it for the node. `tell`: it who has it. `forget`: the node is done with it.
enum class LockDeed : std::uint8_t { grant, tell, forget };
std::string_view to_string(LockDeed deed);

struct LockMove {
  LockDeed deed = LockDeed::grant;
  std::string node;
  std::string holder;
  bool operator==(const LockMove&) const = default;
};

/// What K3s's own log says while it does not run as it should.
struct LogSeen {
  std::string cause;
  std::string evidence;
  std::string meaning;
  std::string remedy;
  bool operator==(const LogSeen&) const = default;
};

/// "kube-apiserver" -> what it was started with, see cis_arguments().
using Arguments = std::map<std::string, std::vector<std::string>, std::less<>>;

struct LookReport {
  std::vector<ServerSeen> servers;  // all but ourselves
  std::optional<NodeSeen> node;     // when K3s runs
  std::optional<LogSeen> log;       // when K3s was started and is not up
  Arguments arguments;              // when they were asked for, and K3s' log has them
  std::optional<Peers> peers;       // when they were asked for
  std::optional<LockSeen> lock;     // on a server
  bool operator==(const LookReport&) const = default;
};

struct LookRequest {
  std::string node;
  Address address;  // ours on the vRack, from which is asked
  std::vector<Address> servers;
  bool server = false;     // we are a control plane
  std::string ca_hash;     // pinned; empty: any
  std::string token_file;  // empty: no token
  bool ask_servers = true;
  bool ask_node = false;
  bool read_log = false;
  bool read_arguments = false;
  bool ask_peers = false;
  std::string default_disks;  // what the node is to be annotated with; empty: nothing
  std::optional<LockMove> lock_move;
  bool operator==(const LookRequest&) const = default;
};

std::string to_text(const LookRequest& request);
Result<LookRequest> parse_look_request(std::string_view text);
std::string to_text(const LookReport& report);
Result<LookReport> parse_look_report(std::string_view text);

/// The answers of a K3s server.
std::optional<std::vector<Member>> parse_members(std::string_view json);
std::optional<NodeSeen> parse_node(std::string_view json);
/// A merge patch (RFC 7396) of a Node.
std::string annotation_patch(std::string_view name, std::string_view value);

}  // namespace kgnode::k3s
