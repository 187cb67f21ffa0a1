/// What is written and started on the way into a cluster.
#include <algorithm>

#include "agent/base/kept_tokens.hpp"
#include "agent/sys/secret.hpp"
#include "k3s/k3s.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using Action = k3s::K3s::Action;

namespace {

k3s::K3s::Desired alone() {
  config::Config config;
  config.node = {.name = "cp-1", .role = config::Role::control_plane};
  config.network = {.vrack = *parse_prefix("10.0.0.0/24"), .address = *parse_address("10.0.0.11")};
  config.k3s.servers = {*parse_address("10.0.0.11")};
  config.k3s.cluster_cidr = *parse_prefix("10.42.0.0/16");
  config.k3s.service_cidr = *parse_prefix("10.43.0.0/16");
  return k3s::K3s::desired(config);
}

k3s::K3s::Observed stopped() {
  return {.installed = true, .interface = "eth1", .unit = "disabled"};
}

k3s::K3s::Observed running(const k3s::K3s::Desired& want) {
  auto have = stopped();
  have.own.etcd = true;
  have.unit = "active";
  have.report = k3s::LookReport{};
  have.report->node = k3s::NodeSeen{.answered = true, .ready = true, .voter = true};
  for (const auto& file :
       k3s::render({.config = want.config, .interface = "eth1", .start = k3s::Start::resume}))
    have.files.emplace(file.path, file.text);
  return have;
}

}  // namespace

TEST_CASE("k3s plan: nothing without K3s, without the disk, or without the address") {
  const auto want = alone();
  auto have = stopped();
  have.installed = false;
  CHECK(k3s::K3s::plan(want, have).empty());
  have = stopped();
  have.disk_ready = false;
  CHECK(k3s::K3s::plan(want, have).empty());
  CHECK(k3s::K3s::progress(want, have).trouble.cause == "data-disk");
  have = stopped();
  have.interface.clear();
  CHECK(k3s::K3s::plan(want, have).empty());
}

TEST_CASE("k3s plan: what K3s was told holds while the address or the disk is away") {
  auto want = alone();
  want.config.node.role = config::Role::worker;
  auto have = running(want);
  have.own = {.joined = true};
  have.files = {{std::string(k3s::kConfigFile), "server: https://10.0.0.11:6443\n"}};
  REQUIRE_FALSE(k3s::K3s::plan(want, have).empty());  // it is not what is wanted
  auto away = have;
  away.interface.clear();
  CHECK(k3s::K3s::plan(want, away).empty());
  away = have;
  away.disk_ready = false;
  CHECK(k3s::K3s::plan(want, away).empty());
}

TEST_CASE("k3s plan: everything is written before K3s is started, once") {
  const auto want = alone();
  const auto steps = k3s::K3s::plan(want, stopped());
  REQUIRE(steps.size() > 3);
  CHECK(steps.back().action == Action::start);
  CHECK(steps.front().after.contains("cluster-init: true"));
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) CHECK(steps[i].action == Action::write_file);
}

TEST_CASE("k3s plan: a ready node has nothing left to do, and keeps no token") {
  const auto want = alone();
  auto have = running(want);
  CHECK(k3s::K3s::plan(want, have).empty());
  CHECK(k3s::K3s::progress(want, have).stage == k3s::Stage::ready);
  have.token_written = true;
  const auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == Action::remove_token);
  have.token_written = false;
  have.kept_tokens = {"/one", "/two"};
  const auto kept = k3s::K3s::plan(want, have);
  REQUIRE(kept.size() == 2);
  CHECK(kept[1].subject == "/two");
}

TEST_CASE("k3s plan: what only says how to get in is rewritten without a restart") {
  const auto want = alone();
  auto have = running(want);
  have.files[std::string(k3s::kConfigFile)] += "cluster-init: true\n";
  auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == Action::write_file);
  have.files[std::string(k3s::kConfigFile)] += "debug: true\n";
  steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].action == Action::restart);
}

TEST_CASE("k3s plan: while a restore is under way nothing is written or started") {
  const auto want = alone();
  for (auto have : {stopped(), running(want)}) {
    have.files.clear();
    have.held = true;
    CHECK(k3s::K3s::plan(want, have).empty());
    CHECK(k3s::K3s::progress(want, have).trouble.cause == "restore");
    CHECK(k3s::K3s::progress(want, have).stage == k3s::Stage::waiting);
  }
}

TEST_CASE("k3s findings: a server tells of its snapshots") {
  const auto want = alone();
  auto have = running(want);
  const auto none = k3s::K3s::findings(want, have).size();
  have.snapshots = k3s::SnapshotFacts{};
  CHECK(k3s::K3s::findings(want, have).size() > none);
}

TEST_CASE("k3s plan: Longhorn is told of the data disk, once") {
  auto want = alone();
  want.config.storage.disk = config::Disk{};
  auto have = running(want);
  const auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps.front().action == Action::annotate);
  CHECK(steps.front().after.contains("/var/lib/longhorn"));
  have.report->node->default_disks = "[]";
  CHECK(k3s::K3s::plan(want, have).empty());
  have.report->node->default_disks.reset();
  have.report->node->ready = false;
  CHECK(k3s::K3s::plan(want, have).empty());
}

TEST_CASE("k3s plan: for its certificates K3s is restarted in its turn, when the others are well") {
  const auto want = alone();
  auto have = running(want);
  const auto night =
      std::chrono::sys_days(std::chrono::year(2026) / 10 / 1) + std::chrono::hours(3);
  const k3s::Validity short_one{.from = {}, .until = night + std::chrono::days(80)};
  have.certificates = k3s::CertificateFacts{.found = {{"a.crt", short_one}}, .now = night};
  CHECK(k3s::K3s::may_renew(want, have));
  CHECK(k3s::K3s::plan(want, have).empty());
  have.report->peers = k3s::Peers{.answered = true, .members = {{.name = "cp-1-11111111"}}};
  auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == Action::renew);
  CHECK(k3s::K3s::view(steps[0]).risk == core::Risk::disruptive);
  have.report->peers->members.push_back({.name = "cp-2-22222222", .learner = true});
  CHECK(k3s::K3s::plan(want, have).empty());
  have.report->peers->members.pop_back();
  have.certificates->now += std::chrono::hours(2);
  CHECK(k3s::K3s::plan(want, have).empty());
  have.certificates->now = night;
  have.certificates->restarted = night - std::chrono::hours(1);
  CHECK(k3s::K3s::plan(want, have).empty());
}

TEST_CASE(
    "k3s plan: what a reboot left is taken back once the node is ready, and not while it is under "
    "way") {
  const auto want = alone();
  auto have = running(want);
  have.reboot = k3s::RebootRecord{};
  auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == Action::take_back);
  CHECK(steps[0].subject == k3s::kRebootUnit);
  have.reboots = true;
  CHECK(k3s::K3s::plan(want, have).empty());
  have.reboots = false;
  have.report->node->ready = false;
  CHECK(k3s::K3s::plan(want, have).empty());
}

TEST_CASE("k3s plan: a server gives the lock to a worker that asks") {
  const auto want = alone();
  auto have = running(want);
  have.report->lock = k3s::LockSeen{.answered = true, .asking = {{"worker-1", "wanted", ""}}};
  const auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == Action::tend_lock);
  CHECK(steps[0].subject == "worker-1");
  CHECK(k3s::K3s::view(steps[0]).text == "grant worker-1 about the lock kgnode-reboot");
}

TEST_CASE("k3s plan: a server waits for the agents' token that it is to have") {
  auto want = alone();
  want.config.k3s.agent_token = config::Secret{.file = "/run/agent-token"};
  auto have = stopped();
  CHECK(k3s::K3s::plan(want, have).empty());
  CHECK(k3s::K3s::progress(want, have).trouble.cause == "no-agent-token");
  have.has_agent_token = true;
  const auto steps = k3s::K3s::plan(want, have);
  CHECK(std::ranges::contains(steps, Action::write_agent_token, &k3s::K3s::Step::action));
}

TEST_CASE("k3s plan: files of K3s that others can read are made root's alone") {
  const auto want = alone();
  auto have = running(want);
  have.benchmark = k3s::CisObserved{
      .role = config::Role::control_plane,
      .files = {{.path = "/var/lib/rancher/k3s/server/tls/client-ca.crt", .mode = 0644},
                {.path = "/var/lib/rancher/k3s/server/tls/client-ca.key", .mode = 0600},
                {.path = "/var/lib/rancher/k3s/server/db/etcd", .mode = 0700}},
      .arguments = {}};
  const auto steps = k3s::K3s::plan(want, have);
  REQUIRE(steps.size() == 1);
  CHECK(steps.front().action == Action::protect);
  CHECK(steps.front().subject.ends_with("client-ca.crt"));
  CHECK(steps.front().mode == 0600);
}

TEST_CASE("k3s plan: a worker keeps the token in reach until it is ready") {
  auto want = alone();
  want.config.node.role = config::Role::worker;
  want.config.network.address = *parse_address("10.0.0.21");
  want.config.k3s.token = config::Secret{.value = nullptr, .file = "/run/kgnode/secrets/token"};
  auto have = stopped();
  have.own.joined = true;
  have.unit = "active";
  have.has_token = true;
  have.report = k3s::LookReport{};
  have.report->node = k3s::NodeSeen{.text = "no such node"};
  const auto steps = k3s::K3s::plan(want, have);
  CHECK(std::ranges::contains(steps, Action::write_token, &k3s::K3s::Step::action));
  const auto file = std::ranges::find(steps, k3s::kConfigFile, &k3s::K3s::Step::subject);
  REQUIRE(file != steps.end());
  CHECK(file->after.contains("token-file"));
  have.files.emplace(file->subject, file->after);
  have.report->node = k3s::NodeSeen{.answered = true, .ready = true};
  const auto ready = k3s::K3s::plan(want, have);
  REQUIRE_FALSE(ready.empty());
  CHECK_FALSE(ready.front().after.contains("token-file"));
  CHECK_FALSE(std::ranges::contains(ready, Action::restart, &k3s::K3s::Step::action));
}

TEST_CASE("k3s plan: a server that ended as a learner has what it needs to come in anew") {
  auto want = alone();
  want.config.node.name = "cp-2";
  want.config.network.address = *parse_address("10.0.0.12");
  want.config.k3s.servers = {*parse_address("10.0.0.11"), *parse_address("10.0.0.12")};
  want.config.k3s.token = config::Secret{.value = nullptr, .file = "/run/kgnode/secrets/token"};
  auto have = stopped();
  have.own.etcd = true;  // what came from the others until it ended
  have.unit = "activating";
  have.has_token = true;
  have.report = k3s::LookReport{};
  const auto file_of = [&want, &have] {
    const auto steps = k3s::K3s::plan(want, have);
    const auto file = std::ranges::find(steps, k3s::kConfigFile, &k3s::K3s::Step::subject);
    REQUIRE(file != steps.end());
    CHECK(std::ranges::contains(steps, Action::write_token, &k3s::K3s::Step::action) ==
          have.has_token);
    return file->after;
  };
  CHECK(file_of().contains("server: \"https://10.0.0.11:6443\""));
  CHECK(file_of().contains("token-file"));
  have.has_token = false;
  CHECK_FALSE(file_of().contains("token-file"));
}
