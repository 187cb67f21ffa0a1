/// How far K3s is, and what it waits for.
#include <algorithm>
#include <format>
#include <iterator>

#include "agent/sys/secret.hpp"
#include "k3s/diagnose/combine.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"

namespace kgnode::k3s {
namespace {

Trouble from_log(const LogSeen& log) {
  return {log.cause, std::format("K3s says: {} ({})", log.meaning, log.evidence), log.remedy};
}

bool is_good_news(const LogSeen& log) {
  const auto rule = std::ranges::find(rules(), log.cause, &Rule::id);
  return rule != rules().end() && rule->severity == Severity::ok;
}

Trouble not_ready(const NodeSeen& node) {
  if (!node.answered) {
    return {"api-silent", node.text.empty() ? "the API does not answer" : node.text,
            "kgnode k3s diagnose"};
  }
  if (!node.ready) {
    return {"not-ready", "the node is not ready: " + node.text, "kgnode k3s diagnose"};
  }
  return {
      "learner", "this server is a learner of etcd, and no voter yet",
      "nothing: the leader makes it one; kgnode k3s diagnose if it lasts longer than 5 minutes"};
}

Trouble not_installed() {
  return {"not-installed", std::format("there is no {}, so this node joins no cluster", kBinary),
          "kgnode k3s install puts it there, then: kgnode apply /etc/kgnode/node.toml"};
}

/// What the log does not know: through its own load balancer K3s sees every server alike, and etcd
/// does not say whether a member is cut off or gone.
std::optional<Trouble> seen_outside(const K3s::Desired& want, const K3s::Observed& have) {
  const auto& node = have.report->node;
  const auto& log = have.report->log;
  const bool is_member = want.server() && have.own.etcd;
  const bool is_silent = node && !node->answered;
  // A member that starts asks another server first, and goes on without.
  const bool says =
      log && (says_unreachable(log->cause) || (is_member && says_no_quorum(log->cause)));
  if (!is_silent && !says) return std::nullopt;
  const auto situation = K3s::situation(want, have);
  auto trouble = is_member ? trouble_with_quorum(situation) : trouble_with_servers(situation);
  return trouble.cause.empty() ? std::nullopt : std::optional(std::move(trouble));
}

core::Finding reboot_finding(const RebootRecord& record, bool at_work) {
  const auto text =
      at_work ? std::format("a reboot is under way, at step {}", to_string(record.step))
      : record.trouble.empty() ? std::string("the node is not yet given back after a reboot")
                               : "the node is not given back after a reboot: " + record.trouble;
  return {.id = "k3s.reboot",
          .text = text,
          .remedy = at_work
                        ? "nothing: kgnode log says who asked for it"
                        : "nothing: it is tried again while the node is ready; by hand: kubectl "
                          "uncordon NODE"};
}

bool is_ready(const K3s::Desired& want, const K3s::Observed& have) {
  if (have.unit != "active" || !have.report || !have.report->node) return false;
  const auto& node = *have.report->node;
  return node.ready && (!want.server() || node.voter.value_or(false));
}

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::waiting:
      return "waiting";
    case Stage::starting:
      return "starting";
    case Stage::ready:
      return "ready";
    case Stage::lost:
      return "lost";
    case Stage::absent:
      break;
  }
  return "absent";
}

Progress K3s::progress(const Desired& want, const Observed& have) {
  if (!have.installed) return {.stage = Stage::absent, .trouble = not_installed()};
  if (have.held) {
    return {Stage::waiting,
            {"restore", "a restore is under way, and K3s is not started until it is done",
             "kgnode k3s restore or kgnode k3s rejoin, given again, goes on where it was"}};
  }
  if (have.own.removed && have.unit == "active") {
    return {Stage::starting,
            {"removed", "the cluster has removed this server, and K3s here is of no use any more",
             "to join again: systemctl restart k3s; to leave: kgnode reset"}};
  }
  if (is_ready(want, have)) return {.stage = Stage::ready, .trouble = {}};
  if (have.unit == "active" || have.unit == "activating" || have.unit == "queued") {
    const bool has_word = have.report && (have.report->log || have.report->node);
    const auto outside = has_word ? seen_outside(want, have) : std::nullopt;
    if (outside) return {Stage::starting, *outside};
    const bool answers = have.unit == "active" && have.report && have.report->node;
    const bool log_decides = have.report && have.report->log;
    // One that hangs has logged last that all is well.
    if (log_decides && !(answers && is_good_news(*have.report->log)))
      return {Stage::starting, from_log(*have.report->log)};
    if (answers) return {Stage::starting, not_ready(*have.report->node)};
    return {Stage::starting, {"starting", "K3s is starting", {}}};
  }
  auto trouble = decision(want, have).trouble;
  if (trouble.cause.empty())
    trouble = {"not-started", std::format("{} is {}", want.unit(), have.unit), "kgnode plan"};
  return {Stage::waiting, std::move(trouble)};
}

std::vector<core::Finding> K3s::findings(const Desired& want, const Observed& have) {
  if (!have.installed) {
    const auto trouble = not_installed();
    return {{.id = "k3s." + trouble.cause, .text = trouble.why, .remedy = trouble.remedy}};
  }
  const auto [stage, trouble] = progress(want, have);
  std::vector<core::Finding> all;
  if (stage == Stage::ready) {
    all.push_back({.id = "k3s.member",
                   .kind = core::FindingKind::pass,
                   .text = std::format("the node is ready in its cluster, with K3s {}",
                                       have.report->node->version)});
  } else {
    all.push_back({.id = "k3s." + trouble.cause, .text = trouble.why, .remedy = trouble.remedy});
  }
  const auto token = have.token ? parse_token(have.token->view()) : std::optional<Token>();
  if (token && token->ca_hash.empty() && want.config.k3s.ca_hash.empty() &&
      want.config.network.address != want.config.k3s.servers.front()) {
    all.push_back({.id = "k3s.ca-not-pinned",
                   .text = "neither the token nor k3s.ca_hash says which CA is the cluster's, so "
                           "the first one that a server showed is taken and kept",
                   .remedy = "set k3s.ca_hash to what this prints on a server: sha256sum "
                             "/var/lib/rancher/k3s/server/tls/server-ca.crt"});
  }
  if (have.install) all.push_back(*have.install);
  if (have.told)
    all.push_back(tell_finding(*have.told, have.report ? have.report->node : std::nullopt));
  if (have.reboot) all.push_back(reboot_finding(*have.reboot, have.reboots));
  if (have.certificates)
    all.push_back(certificate_finding(*have.certificates, want.config.k3s.restart_window));
  if (have.benchmark) std::ranges::move(cis_findings(*have.benchmark), std::back_inserter(all));
  if (have.snapshots)
    std::ranges::move(snapshot_findings(*have.snapshots), std::back_inserter(all));
  return all;
}

std::optional<std::chrono::seconds> K3s::look_again() const {
  switch (progress_.stage) {
    case Stage::absent:
      return std::nullopt;
    case Stage::ready:
      // A worker that asks waits for each look.
      if (report_ && report_->lock && !report_->lock->asking.empty()) break;
      // One that hangs is asked twice, 3 s each; others are to hear of it within 15 s.
      return std::chrono::seconds(6);
    case Stage::waiting:
    case Stage::starting:
    case Stage::lost:
      break;
  }
  return std::chrono::seconds(3);
}

}  // namespace kgnode::k3s
