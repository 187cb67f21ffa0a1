/// Which of two witnesses is to be believed.
#include "k3s/diagnose/combine.hpp"

#include <algorithm>
#include <array>

namespace kgnode::k3s {
namespace {

constexpr std::array<std::string_view, 6> kUnreachable{"CACERTS_REFUSED", "CACERTS_TIMEOUT",
                                                       "AGENT_VALIDATE",  "AGENT_WAIT",
                                                       "AGENT_WAIT_BODY", "AGENT_WAIT_REFUSED"};
constexpr std::array<std::string_view, 6> kNoQuorum{"ETCD_TEST",        "ETCDJ_PEER",
                                                    "ETCDJ_CLIENT",     "ETCD_JOIN_RETRY",
                                                    "BOOT_REMOTE_WARN", "BOOT_TEMP_ETCD"};
// Of these the log may know more.
constexpr std::array<std::string_view, 6> kVague{"starting",    "looking",    "not-ready",
                                                 "not-started", "api-silent", ""};
// What goes by itself.
constexpr std::array<std::string_view, 6> kPatience{"starting", "looking",         "not-started",
                                                    "learner",  "server-starting", "restore"};

bool is_rule(std::string_view cause) { return std::ranges::contains(rules(), cause, &Rule::id); }

bool has_ended(const Diagnosis& log) {
  const auto rule = std::ranges::find(rules(), log.cause, &Rule::id);
  return log.state == State::failed && rule != rules().end() && rule->severity == Severity::fatal;
}

Diagnosis word_of(const AgentWord& agent) {
  const bool waits = std::ranges::contains(kPatience, agent.cause);
  return {.state = waits ? State::waiting : State::failed,
          .cause = agent.cause,
          .evidence = agent.why,
          .meaning = {},
          .remedy = agent.remedy,
          .count = 1};
}

}  // namespace

bool says_unreachable(std::string_view rule) { return std::ranges::contains(kUnreachable, rule); }

bool says_no_quorum(std::string_view rule) { return std::ranges::contains(kNoQuorum, rule); }

Diagnosis combine(const Diagnosis& log, const AgentWord& agent) {
  if (agent.stage == "ready") {
    // It may have ended since.
    if (has_ended(log)) return log;
    return {.state = State::running,
            .cause = "ready",
            .evidence = "the node is ready in its cluster",
            .meaning = {},
            .remedy = {},
            .count = 1};
  }
  // Nothing runs: the log is of an earlier start.
  if (agent.stage == "waiting") return word_of(agent);
  if (agent.stage == "absent" && agent.cause.empty())
    return word_of({"waiting", "looking", "the agent has started and has not looked yet", {}});
  if (std::ranges::contains(kVague, agent.cause)) {
    const bool says_more = log.state == State::failed || log.state == State::waiting;
    return says_more ? log : word_of(agent);
  }
  if (is_rule(agent.cause)) return log.cause.empty() ? word_of(agent) : log;
  return has_ended(log) && !says_unreachable(log.cause) ? log : word_of(agent);
}

}  // namespace kgnode::k3s
