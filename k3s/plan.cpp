/// What is to be written, and whether K3s is to be started: from the decision how to join.
#include <algorithm>
#include <array>
#include <format>

#include "agent/base/kept_tokens.hpp"
#include "agent/base/text.hpp"
#include "agent/sys/secret.hpp"
#include "k3s/day2/lock.hpp"
#include "k3s/day2/peers.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"

namespace kgnode::k3s {
namespace {

using Action = K3s::Action;
using Steps = std::vector<K3s::Step>;

/// They say how to get in, and mean nothing to one that is in.
constexpr std::array<std::string_view, 3> kStartKeys = {"cluster-init:", "server:", "token-file:"};

bool runs(std::string_view state) {
  return state == "active" || state == "activating" || state == "reloading" || state == "queued";
}

bool has_joined(const K3s::Desired& want, const K3s::Observed& have) {
  return want.server() ? have.own.etcd : have.own.joined;
}

/// Nothing reserved: the disk is Longhorn's alone.
constexpr auto kDataDisk =
    R"([{"name":"data","path":"/var/lib/longhorn","allowScheduling":true,"storageReserved":0}])";

std::string without_start_keys(std::string_view text) {
  std::string rest;
  for (const auto line : split(text, '\n')) {
    const auto names = [line](std::string_view key) { return line.starts_with(key); };
    if (std::ranges::none_of(kStartKeys, names)) rest += std::string(line) + "\n";
  }
  return rest;
}

Start start_of(const K3s::Desired& want, const K3s::Observed& have, const Decision& decision) {
  switch (decision.way) {
    case Way::initialise:
      return Start::initialise;
    case Way::join:
      return Start::join;
    case Way::resume:
      // Until it is ready it may have to come in anew, and then by the token alone: a worker whose
      // Node was not made or was deleted, a server that ended as a learner, whose copy of etcd
      // holds nothing that it could start from.
      if (have.has_token && !decision.server.empty() &&
          K3s::progress(want, have).stage != Stage::ready)
        return Start::join;
      break;
    case Way::wait:
      break;
  }
  return Start::resume;
}

/// The files that differ; `matters` becomes true when K3s must be restarted to see one of them.
Steps write_steps(const K3s::Desired& want, const K3s::Observed& have, const Decision& decision,
                  bool& matters) {
  Steps steps;
  const auto files = render({.config = want.config,
                             .interface = have.interface,
                             .start = start_of(want, have, decision),
                             .server = decision.server});
  for (const auto& file : files) {
    const auto found = have.files.find(file.path);
    const auto before = found == have.files.end() ? std::string() : found->second;
    if (before == file.text) continue;
    matters = matters || file.path != kConfigFile ||
              without_start_keys(before) != without_start_keys(file.text);
    steps.push_back({.action = Action::write_file,
                     .subject = file.path,
                     .before = before,
                     .after = file.text,
                     .mode = file.mode});
  }
  if (want.server() && want.config.k3s.snapshots.s3 && !have.s3_written) {
    matters = true;
    steps.push_back({.action = Action::write_s3, .subject = std::string(kS3File)});
  }
  return steps;
}

/// The agents' token is read at every start of a server.
Steps token_steps(const K3s::Desired& want, const K3s::Observed& have, const Decision& decision) {
  Steps steps;
  const bool is_asked = start_of(want, have, decision) != Start::resume;
  if (is_asked && have.has_token && !have.token_written)
    steps.push_back({.action = Action::write_token, .subject = std::string(kTokenFile)});
  if (want.config.k3s.agent_token && !have.agent_token_written)
    steps.push_back({.action = Action::write_agent_token, .subject = std::string(kAgentTokenFile)});
  return steps;
}

void append(Steps& all, Steps more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Steps plan_start(const K3s::Desired& want, const K3s::Observed& have) {
  const auto decision = K3s::decision(want, have);
  if (decision.way == Way::wait) return {};
  bool matters = false;
  auto steps = write_steps(want, have, decision, matters);
  append(steps, token_steps(want, have, decision));
  const bool again = runs(have.unit);
  // On its way in already, and with just this.
  if (again && steps.empty()) return {};
  // Whoever removed it may want it gone. When it is started again it has what it needs to join:
  // without the token K3s would begin a cluster of its own in SQLite.
  if (again && have.own.removed) return steps;
  steps.push_back(
      {.action = again ? Action::restart : Action::start, .subject = std::string(want.unit())});
  return steps;
}

/// K3s makes some of its files readable for all at each start.
Steps protect_steps(const CisObserved& seen) {
  Steps steps;
  for (const auto& file : cis_corrections(seen))
    steps.push_back({.action = Action::protect, .subject = file.path, .mode = file.mode});
  return steps;
}

Steps lock_steps(const LockSeen& lock) {
  Steps steps;
  for (auto& move : plan_lock(lock))
    steps.push_back({.action = Action::tend_lock, .subject = move.node, .move = std::move(move)});
  return steps;
}

/// A server stops only when etcd can do without it; a worker's pods run on.
bool may_stop(const K3s::Desired& want, const K3s::Observed& have) {
  if (K3s::progress(want, have).stage != Stage::ready) return false;
  if (!want.server()) return true;
  return have.report->peers && why_not_stop(*have.report->peers, want.config.node.name).empty();
}

Steps plan_running(const K3s::Desired& want, const K3s::Observed& have) {
  bool matters = false;
  Steps steps;
  // Without its address or its disk for a while, as when a cable is out: what K3s was told holds,
  // and a restart would end what runs.
  if (const auto decision = K3s::decision(want, have); decision.way != Way::wait) {
    steps = write_steps(want, have, decision, matters);
    append(steps, token_steps(want, have, decision));
  }
  const bool renews =
      !matters && !have.reboot && K3s::may_renew(want, have) && may_stop(want, have);
  if (matters || renews)
    steps.push_back(
        {.action = renews ? Action::renew : Action::restart, .subject = std::string(want.unit())});
  const bool ready = K3s::progress(want, have).stage == Stage::ready;
  // Once: what it says is the operator's from then on.
  if (ready && want.config.storage.disk && !have.report->node->default_disks)
    steps.push_back(
        {.action = Action::annotate, .subject = want.config.node.name, .after = kDataDisk});
  if (have.benchmark) append(steps, protect_steps(*have.benchmark));
  if (ready && have.reboot && !have.reboots)
    steps.push_back({.action = Action::take_back, .subject = kRebootUnit});
  if (ready && have.report->lock) append(steps, lock_steps(*have.report->lock));
  // It is in: from here on nobody needs the token, and it is not left lying about.
  if (ready && have.token_written)
    steps.push_back({.action = Action::remove_token, .subject = std::string(kTokenFile)});
  if (ready) {
    for (const auto& file : have.kept_tokens)
      steps.push_back({.action = Action::remove_token, .subject = file});
  }
  return steps;
}

}  // namespace

Situation K3s::situation(const Desired& want, const Observed& have) {
  return {.node = want.config.node.name,
          .server = want.server(),
          .address = want.config.network.address,
          .servers = want.config.k3s.servers,
          .own = have.own,
          .has_token = have.has_token,
          .token = have.token ? parse_token(have.token->view()) : std::optional<Token>(),
          .report = have.report,
          .token_file = want.config.k3s.token ? want.config.k3s.token->file : std::string()};
}

Decision K3s::decision(const Desired& want, const Observed& have) {
  if (want.config.k3s.agent_token && !have.has_agent_token && !runs(have.unit)) {
    return {.trouble = {"no-agent-token",
                        "the file of k3s.agent_token is not there, and K3s fails without it",
                        "put the agents' token of the other servers there; from one of them: "
                        "/var/lib/rancher/k3s/server/agent-token"}};
  }
  if (!have.disk_ready) {
    return {.trouble = {"data-disk", "the data disk is not mounted, and K3s waits for it",
                        "kgnode storage list"}};
  }
  if (!have.clock.empty() && !has_joined(want, have)) {
    return {.trouble = {"clock-not-set", have.clock + ", and certificates and leases go by it",
                        "chronyc -N sources shows the time servers; UDP 123 must get out, or name "
                        "others under [time]; require_sync = false there joins without"}};
  }
  if (have.interface.empty()) {
    return {.trouble = {"no-address", "no interface has the address that network.address names",
                        kAddressRemedy}};
  }
  return decide(situation(want, have));
}

bool K3s::may_renew(const Desired& want, const Observed& have) {
  const auto& config = want.config;
  const auto server = want.server() ? std::optional(config.network.address) : std::nullopt;
  return have.certificates && is_renewal_due(*have.certificates) &&
         is_our_turn(config.k3s.restart_window, config.k3s.servers, server, have.certificates->now);
}

std::vector<K3s::Step> K3s::plan(const Desired& want, const Observed& have) {
  if (!have.installed || have.held) return {};
  const bool in = has_joined(want, have);
  return in && runs(have.unit) ? plan_running(want, have) : plan_start(want, have);
}

core::StepView K3s::view(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      return {.text = "write " + step.subject, .before = step.before, .after = step.after};
    case Action::write_token:
    case Action::write_agent_token:
    case Action::write_s3:
      return {.text = "write " + step.subject};
    case Action::annotate:
      return {.text = std::format("annotate node {} with {}", step.subject, kDefaultDisks),
              .after = step.after};
    case Action::protect:
      return {.text = std::format("make {} root's, {:04o}", step.subject, step.mode)};
    case Action::remove_token:
      return {.text = "remove " + step.subject};
    case Action::start:
      return {.text = "start " + step.subject};
    case Action::tend_lock:
      return {.text = std::format("{} {} about the lock {}", to_string(step.move->deed),
                                  step.subject, kLockName)};
    case Action::take_back:
      return {.text = "start " + step.subject + ", which takes back what a reboot left"};
    case Action::renew:
      return {.text = std::format("restart {}, which renews its certificates", step.subject),
              .risk = core::Risk::disruptive};
    case Action::restart:
      return {.text = "restart " + step.subject, .risk = core::Risk::disruptive};
  }
  return {};
}

}  // namespace kgnode::k3s
