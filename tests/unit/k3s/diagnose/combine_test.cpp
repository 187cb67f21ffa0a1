#include "k3s/diagnose/combine.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::k3s;

TEST_CASE("k3s combine: who knows more is believed", "[k3s]") {
  const Diagnosis nothing;
  const Diagnosis unreachable{State::failed, "CACERTS_REFUSED", "line", "meaning", "remedy", 3};
  const Diagnosis ended{State::failed, "CFG_UNKNOWN_FATAL", "line", "meaning", "remedy", 1};
  const Diagnosis goes_on{State::failed, "NODE_PW_REJECTED", "line", "meaning", "remedy", 1};
  const Diagnosis on_its_way{State::waiting, "OK_ETCD", "line", "meaning", "", 1};
  const Diagnosis up{State::running, "OK_AGENT_UP", "line", "meaning", "", 1};
  const Diagnosis stopped{State::stopped, "STOPPED", "line", "", "", 1};
  const struct {
    Diagnosis log;
    AgentWord agent;
    State state;
    std::string cause;
  } rows[] = {
      // It does not run, and the log is of another day.
      {ended, {"waiting", "wrong-token", "w", "r"}, State::failed, "wrong-token"},
      {ended, {"waiting", "looking", "w", ""}, State::waiting, "looking"},
      {ended, {"absent", "", "", ""}, State::waiting, "looking"},
      {nothing, {"waiting", "learner", "w", "r"}, State::waiting, "learner"},
      {stopped, {"waiting", "not-started", "w", "r"}, State::waiting, "not-started"},
      {nothing, {"absent", "not-installed", "w", "r"}, State::failed, "not-installed"},
      // It runs, and its log cannot tell.
      {unreachable, {"starting", "no-route", "w", "r"}, State::failed, "no-route"},
      {unreachable, {"starting", "starting", "w", ""}, State::failed, "CACERTS_REFUSED"},
      {on_its_way, {"starting", "quorum", "w", "r"}, State::failed, "quorum"},
      // It runs and fails.
      {ended, {"starting", "starting", "w", ""}, State::failed, "CFG_UNKNOWN_FATAL"},
      {ended, {"starting", "refused", "w", "r"}, State::failed, "CFG_UNKNOWN_FATAL"},
      {goes_on, {"starting", "AGENT_VALIDATE", "w", "r"}, State::failed, "NODE_PW_REJECTED"},
      {on_its_way, {"starting", "starting", "w", ""}, State::waiting, "OK_ETCD"},
      {up, {"lost", "api-silent", "w", "r"}, State::failed, "api-silent"},
      // The agent may have looked before the end.
      {up, {"ready", "", "", ""}, State::running, "ready"},
      {goes_on, {"ready", "", "", ""}, State::running, "ready"},
      {ended, {"ready", "", "", ""}, State::failed, "CFG_UNKNOWN_FATAL"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.log.cause, row.agent.stage, row.agent.cause);
    const auto found = combine(row.log, row.agent);
    CHECK(found.cause == row.cause);
    CHECK(found.state == row.state);
  }
}

TEST_CASE("k3s combine: the agent's word is shown as it was given", "[k3s]") {
  const auto found = combine({}, {"waiting", "refused", "nothing listens", "look there"});
  CHECK(found.evidence == "nothing listens");
  CHECK(found.remedy == "look there");
}

TEST_CASE("k3s combine: the rules it names are there", "[k3s]") {
  std::size_t unreachable = 0;
  std::size_t no_quorum = 0;
  for (const auto& rule : rules()) {
    unreachable += says_unreachable(rule.id) ? 1 : 0;
    no_quorum += says_no_quorum(rule.id) ? 1 : 0;
  }
  CHECK(unreachable == 6);
  CHECK(no_quorum == 6);
}
