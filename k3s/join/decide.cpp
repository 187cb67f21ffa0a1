/// Which way into the cluster.
#include "k3s/join/decide.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

Decision wait(std::string cause, std::string why, std::string remedy) {
  return {.trouble = {std::move(cause), std::move(why), std::move(remedy)}};
}

bool is_first(const Situation& situation) {
  return !situation.servers.empty() && situation.servers.front() == situation.address;
}

bool has_joined(const Situation& situation) {
  return situation.server ? situation.own.etcd : situation.own.joined;
}

/// The server to come back by: one that answers, before one that may.
std::string way_back(const Situation& situation) {
  const auto is_other = [&situation](const Address& server) { return server != situation.address; };
  if (situation.report) {
    const auto& seen = situation.report->servers;
    const auto open = std::ranges::find(seen, Contact::ready, &ServerSeen::contact);
    if (open != seen.end()) return to_string(open->address);
  }
  const auto any = std::ranges::find_if(situation.servers, is_other);
  return any == situation.servers.end() ? std::string() : to_string(*any);
}

std::optional<Decision> token_trouble(const Situation& situation) {
  if (!situation.has_token) {
    // Without one, K3s would silently start a cluster of its own.
    if (!situation.token_file.empty()) {
      return wait("no-token",
                  std::format("there is no token to join with: {} is not there",
                              quote(situation.token_file)),
                  "write it, then: " + std::string(kApply));
    }
    return wait("no-token", "there is no token to join with",
                "add k3s.token to the configuration, then: " + std::string(kApply));
  }
  if (!situation.token) {
    return wait("malformed-token",
                "the token is neither a password nor K10, 64 hexadecimal digits, \"::\" and more",
                kTokenRemedy);
  }
  const bool for_agents =
      situation.token->kind == TokenKind::bootstrap || situation.token->user == "node";
  if (situation.server && for_agents) {
    return wait("agent-token", "the token lets agents join, and this node is a control plane",
                kTokenRemedy);
  }
  return std::nullopt;
}

/// etcd names members "NODE-XXXXXXXX".
bool is_member_of(const Member& member, const std::string& node) {
  const auto dash = member.name.rfind('-');
  return dash != std::string::npos && member.name.substr(0, dash) == node;
}

/// One server joins at a time: etcd has one place for a learner, and that is the lock.
std::optional<Decision> turn_trouble(const Situation& situation, const ServerSeen& server) {
  for (const auto& member : server.members) {
    if (is_member_of(member, situation.node)) {
      return wait(
          "duplicate-name",
          std::format("{} is a member of the cluster already, as {}", situation.node, member.name),
          std::format("if that was this node before it was set up anew, on a server: "
                      "k3s kubectl delete node {}; if it is another one, give this one another "
                      "name: node.name, then: {}",
                      situation.node, kApply));
    }
  }
  const auto learner = std::ranges::find_if(server.members, &Member::learner);
  if (learner == server.members.end()) return std::nullopt;
  return wait(
      "learner",
      std::format("{} is joining at this moment, and servers join one at a time", learner->name),
      "nothing: this node goes on by itself; a learner that makes no progress is removed "
      "after 5 minutes");
}

/// The server that got furthest tells most.
const ServerSeen* most_telling(const std::vector<ServerSeen>& servers) {
  const auto best = std::ranges::max_element(servers, {}, &ServerSeen::contact);
  return best == servers.end() ? nullptr : &*best;
}

bool knows_of_cluster(const ServerSeen& server) {
  return server.contact >= Contact::cut || server.seat == Seat::taken;
}

Decision join(const Situation& situation, const ServerSeen& server) {
  if (auto trouble = token_trouble(situation)) return *trouble;
  if (server.contact != Contact::ready) return {.trouble = explain(server, situation)};
  if (situation.server) {
    if (auto trouble = turn_trouble(situation, server)) return *trouble;
  }
  return {.way = Way::join, .server = to_string(server.address), .trouble = {}};
}

std::string list_of(const std::vector<const ServerSeen*>& servers) {
  std::string text;
  for (const auto* server : servers)
    text += (text.empty() ? "" : ", ") + to_string(server->address);
  return text;
}

Decision start(const Situation& situation) {
  std::vector<const ServerSeen*> unheard;
  for (const auto& server : situation.report->servers) {
    if (server.seat == Seat::taken) {
      return wait("cluster-exists",
                  std::format("server {} has data of a cluster, so none is started here",
                              to_string(server.address)),
                  "wait until K3s runs there; on that server: kgnode k3s diagnose");
    }
    if (server.seat == Seat::unknown) unheard.push_back(&server);
  }
  if (unheard.empty()) return {.way = Way::initialise, .server = {}, .trouble = {}};
  return wait(
      "servers-missing",
      std::format("a cluster is started once every server has said that it holds none; "
                  "nothing was heard from {}",
                  list_of(unheard)),
      std::format("start them; one that is not to be: take it off k3s.servers, then: {}", kApply));
}

Decision decide_server(const Situation& situation) {
  if (situation.own.sqlite) {
    return wait("own-sqlite", "this node runs K3s on SQLite, which no other server can join",
                "when its data is not needed: systemctl stop k3s; mv "
                "/var/lib/rancher/k3s/server/db/state.db /var/lib/rancher/k3s/state.db.old");
  }
  if (situation.servers.size() == 1 && is_first(situation))
    return {.way = Way::initialise, .server = {}, .trouble = {}};
  if (!situation.report) return wait("looking", "nobody has asked the other servers yet", {});
  const auto& seen = situation.report->servers;
  const auto* best = most_telling(seen);
  if (best != nullptr && best->contact >= Contact::cut) return join(situation, *best);
  if (is_first(situation)) return start(situation);
  if (auto trouble = token_trouble(situation)) return *trouble;
  if (best != nullptr && std::ranges::any_of(seen, knows_of_cluster))
    return {.trouble = explain(*best, situation)};
  auto decision = Decision{.trouble = best == nullptr ? Trouble{} : explain(*best, situation)};
  if (decision.trouble.cause == "refused") {
    decision.trouble = {
        "no-cluster-yet",
        std::format("no server has started the cluster yet; the first one is {}",
                    to_string(situation.servers.front())),
        std::format("on {}: kgnode k3s diagnose", to_string(situation.servers.front()))};
  }
  return decision;
}

Decision decide_worker(const Situation& situation) {
  if (auto trouble = token_trouble(situation)) return *trouble;
  if (!situation.report) return wait("looking", "nobody has asked the servers yet", {});
  const auto* best = most_telling(situation.report->servers);
  if (best == nullptr) return wait("no-server", "k3s.servers is empty", kApply);
  return join(situation, *best);
}

}  // namespace

Trouble trouble_with_servers(const Situation& situation) {
  const auto* best = situation.report ? most_telling(situation.report->servers) : nullptr;
  if (best == nullptr || best->contact == Contact::ready) return {};
  return explain(*best, situation);
}

Trouble trouble_with_quorum(const Situation& situation) {
  if (!situation.report) return {};
  std::vector<const ServerSeen*> away;
  for (const auto& server : situation.report->servers) {
    if (server.contact < Contact::cut) away.push_back(&server);
  }
  const auto all = situation.servers.size();
  const auto needed = all / 2 + 1;
  if (all - away.size() >= needed) return {};
  return {"quorum",
          std::format("etcd needs {} of {} servers, and K3s does not answer on {}", needed, all,
                      list_of(away)),
          "on each of them: kgnode k3s diagnose; if they are lost for ever: kgnode k3s restore "
          "SNAPSHOT"};
}

bool needs_servers(const Situation& situation) {
  if (has_joined(situation)) return false;
  return !(situation.server && situation.servers.size() == 1);
}

Decision decide(const Situation& situation) {
  if (has_joined(situation))
    return {.way = Way::resume, .server = way_back(situation), .trouble = {}};
  return situation.server ? decide_server(situation) : decide_worker(situation);
}

}  // namespace kgnode::k3s
