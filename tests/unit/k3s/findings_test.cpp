/// What K3s is said to wait for, by its log and by what was seen of the servers.
#include <algorithm>

#include "agent/sys/secret.hpp"
#include "k3s/k3s.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using k3s::Contact, k3s::Stage;

namespace {

const auto kFirst = *parse_address("10.0.0.11");
const auto kSecond = *parse_address("10.0.0.12");
const auto kThird = *parse_address("10.0.0.13");

k3s::K3s::Desired node(config::Role role) {
  config::Config config;
  config.node = {.name = "node-a", .role = role};
  config.k3s.cluster_cidr = *parse_prefix("10.42.0.0/16");
  config.k3s.service_cidr = *parse_prefix("10.43.0.0/16");
  config.network.address = role == config::Role::worker ? *parse_address("10.0.0.21") : kFirst;
  config.k3s.servers = {kFirst, kSecond, kThird};
  return k3s::K3s::desired(config);
}

k3s::K3s::Observed joined(const std::string& unit, std::vector<Contact> contacts) {
  k3s::K3s::Observed have{.installed = true, .interface = "eth1", .unit = unit};
  have.own = {.etcd = true, .joined = true};
  have.report = k3s::LookReport{};
  for (const auto contact : contacts)
    have.report->servers.push_back({.address = kSecond, .contact = contact});
  return have;
}

std::string cause(config::Role role, const k3s::K3s::Observed& have) {
  return k3s::K3s::progress(node(role), have).trouble.cause;
}

}  // namespace

TEST_CASE("k3s progress: why no server is reached is what was seen of them") {
  auto have = joined("activating", {Contact::silent, Contact::refused});
  have.report->log = k3s::LogSeen{.cause = "AGENT_VALIDATE"};
  CHECK(cause(config::Role::worker, have) == "refused");
  have.report->servers.back().contact = Contact::ready;
  CHECK(cause(config::Role::worker, have) == "AGENT_VALIDATE");
  have.report->log->cause = "NODE_PW_REJECTED";
  have.report->servers.back().contact = Contact::refused;
  CHECK(cause(config::Role::worker, have) == "NODE_PW_REJECTED");
}

TEST_CASE("k3s progress: a worker whose API is silent has lost its servers") {
  auto have = joined("active", {Contact::no_route});
  have.report->node = k3s::NodeSeen{.text = "the API does not answer"};
  CHECK(cause(config::Role::worker, have) == "no-route");
  have.report->servers.clear();
  CHECK(cause(config::Role::worker, have) == "api-silent");
}

TEST_CASE("k3s progress: one that hangs is not told by the good news it has logged last") {
  auto have = joined("active", {Contact::ready});
  have.report->log = k3s::LogSeen{.cause = "OK_LB"};
  CHECK(cause(config::Role::worker, have) == "OK_LB");
  have.report->node = k3s::NodeSeen{.text = "the API does not answer"};
  CHECK(cause(config::Role::worker, have) == "api-silent");
  have.report->log->cause = "NODE_PW_REJECTED";
  CHECK(cause(config::Role::worker, have) == "NODE_PW_REJECTED");
}

TEST_CASE("k3s progress: etcd waits for most of the servers") {
  auto have = joined("activating", {Contact::refused, Contact::silent});
  have.report->log = k3s::LogSeen{.cause = "ETCD_TEST"};
  CHECK(cause(config::Role::control_plane, have) == "quorum");
  have.report->servers.back().contact = Contact::starting;
  CHECK(cause(config::Role::control_plane, have) == "ETCD_TEST");
}

TEST_CASE("k3s progress: a removed server is told, and joins once it is started anew") {
  auto have = joined("active", {Contact::ready});
  have.own = {.joined = true, .removed = true};
  CHECK(cause(config::Role::control_plane, have) == "removed");
  CHECK(k3s::K3s::plan(node(config::Role::control_plane), have).empty());  // there is no token
  std::string token = "one-long-password";
  have.token = std::make_shared<const sys::SecretBuffer>(*sys::SecretBuffer::take(token));
  have.has_token = true;
  const auto steps = k3s::K3s::plan(node(config::Role::control_plane), have);
  CHECK(std::ranges::contains(steps, k3s::K3s::Action::write_token, &k3s::K3s::Step::action));
  CHECK_FALSE(std::ranges::contains(steps, k3s::K3s::Action::restart, &k3s::K3s::Step::action));
}

TEST_CASE("k3s progress: without its binary K3s is absent, and that is why") {
  const auto progress = k3s::K3s::progress(node(config::Role::worker), {});
  CHECK(progress.stage == Stage::absent);
  CHECK(progress.trouble.cause == "not-installed");
  CHECK_FALSE(progress.trouble.remedy.empty());
}
