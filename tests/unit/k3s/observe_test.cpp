/// What is read of a node that joins.
#include "agent/base/kept_tokens.hpp"
#include "agent/sys/secret.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_units.hpp"
#include "tests/support/run_task.hpp"

using namespace kgnode;

namespace {

constexpr auto kHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct FakeHost final : k3s::Host {
  std::set<std::string> paths = {k3s::kBinary};
  bool exists(const std::string& path) override { return paths.contains(path); }
  Result<std::string> interface_of(const Address& /*address*/) override { return "eth1"; }
  Result<bool> is_mounted(const std::string& /*path*/) override { return true; }
  std::string clock;
  std::string clock_trouble() override { return clock; }
};

struct Node {
  test::FakeFiles files;
  test::FakeUnits units;
  FakeHost host;
  k3s::K3s domain{files, units, host};
  config::Config config;

  explicit Node(config::Role role) {
    config.node = {.name = "n", .role = role};
    config.network = {.vrack = *parse_prefix("10.0.0.0/24"),
                      .address = *parse_address("10.0.0.12")};
    config.k3s.servers = {*parse_address("10.0.0.11"), *parse_address("10.0.0.12")};
    config.k3s.cluster_cidr = *parse_prefix("10.42.0.0/16");
    config.k3s.service_cidr = *parse_prefix("10.43.0.0/16");
    config.k3s.token = config::Secret{.file = "/run/token"};
    files.files["/run/token"] = " secret\n";
    units.states["k3s.service"] = units.states["k3s-agent.service"] = "inactive";
  }
  k3s::K3s::Observed observe() {
    return test::run_task(domain.observe(k3s::K3s::desired(config))).value();
  }
  /// What the next look shows.
  void show(k3s::Contact contact) {
    k3s::LookReport report;
    report.servers = {
        {.address = *parse_address("10.0.0.11"), .contact = contact, .ca_hash = kHash}};
    files.files[k3s::kLookReport] = to_text(report);
  }
  k3s::LookRequest asked() {
    return k3s::parse_look_request(files.files[k3s::kLookRequest]).value();
  }
};

}  // namespace

TEST_CASE(
    "k3s observe: the CA of the server that took the token is kept, and asked for next time") {
  Node node(config::Role::worker);
  node.show(k3s::Contact::unauthorized);
  node.observe();
  CHECK_FALSE(node.files.files.contains(k3s::kKeptCa));
  node.show(k3s::Contact::ready);
  node.observe();
  CHECK(node.files.files[k3s::kKeptCa] == std::string(kHash) + "\n");
  CHECK(node.asked().ca_hash.empty());
  node.observe();
  CHECK(node.asked().ca_hash == kHash);
  node.config.k3s.ca_hash = std::string(64, 'a');
  node.observe();
  CHECK(node.asked().ca_hash == node.config.k3s.ca_hash);
}

TEST_CASE("k3s observe: the token is there for the look only") {
  Node node(config::Role::worker);
  node.show(k3s::Contact::ready);
  CHECK(node.observe().has_token);
  CHECK(node.asked().token_file == k3s::kLookToken);
  CHECK_FALSE(node.files.files.contains(k3s::kLookToken));
}

TEST_CASE("k3s observe: the agents' token is K3s' own once its file is gone") {
  Node node(config::Role::control_plane);
  node.config.k3s.agent_token = config::Secret{.file = "/run/agent-token"};
  node.show(k3s::Contact::silent);
  const auto own = "K10" + std::string(kHash) + "::node:for-agents\n";
  node.files.files[k3s::kOwnAgentToken] = own;
  CHECK_FALSE(node.observe().has_agent_token);
  node.host.paths.insert(k3s::kEtcdLog);
  CHECK(node.observe().has_agent_token);
  REQUIRE(test::run_task(node.domain.apply({.action = k3s::K3s::Action::write_agent_token,
                                            .subject = std::string(k3s::kAgentTokenFile)})));
  CHECK(node.files.files[std::string(k3s::kAgentTokenFile)] == "for-agents");
  // A link to the server token: no agents' token at all.
  node.files.files[k3s::kOwnAgentToken] = "K10" + std::string(kHash) + "::server:secret\n";
  CHECK_FALSE(node.observe().has_agent_token);
}

TEST_CASE("k3s observe: a server that joined has K3s' own copy of a token whose file is gone") {
  Node node(config::Role::control_plane);
  node.show(k3s::Contact::silent);
  node.files.files.erase("/run/token");
  CHECK_FALSE(node.observe().has_token);
  node.files.files[k3s::kServerToken] = "K10" + std::string(kHash) + "::server:secret\n";
  CHECK(node.observe().has_token);
  Node worker(config::Role::worker);
  worker.show(k3s::Contact::silent);
  worker.files.files.erase("/run/token");
  worker.files.files[k3s::kServerToken] = "K10" + std::string(kHash) + "::server:secret\n";
  CHECK_FALSE(worker.observe().has_token);
}

TEST_CASE("k3s observe: a token that was inline is told apart from one of the operator's") {
  Node node(config::Role::worker);
  node.show(k3s::Contact::silent);
  CHECK(node.observe().kept_tokens.empty());
  const auto file = std::string(kKeptTokens) + "/k3s-token";
  node.files.files[file] = "secret";
  CHECK(node.observe().kept_tokens == std::vector{file});
}

TEST_CASE("k3s observe: without K3s nobody is asked") {
  Node node(config::Role::worker);
  node.host.paths.clear();
  CHECK_FALSE(node.observe().installed);
  CHECK(node.units.jobs.empty());
}

TEST_CASE("k3s observe: a node that is in no cluster waits for its clock, one that is does not") {
  Node node(config::Role::worker);
  node.config.network.address = *parse_address("10.0.0.21");
  node.host.clock = "the clock is set by no time server";
  node.show(k3s::Contact::ready);
  const auto want = k3s::K3s::desired(node.config);
  auto have = node.observe();
  const auto waits = k3s::K3s::decision(want, have);
  CHECK(waits.way == k3s::Way::wait);
  CHECK(waits.trouble.cause == "clock-not-set");
  CHECK(waits.trouble.why.starts_with(node.host.clock));
  CHECK_FALSE(waits.trouble.remedy.empty());
  CHECK(k3s::K3s::plan(want, have).empty());
  have.own.joined = true;
  CHECK(k3s::K3s::decision(want, have).way == k3s::Way::resume);
  have.own.joined = false;
  have.clock.clear();
  CHECK(k3s::K3s::decision(want, have).trouble.cause != "clock-not-set");
}

TEST_CASE("k3s observe: a site without a time server joins by the clock of the machine") {
  Node node(config::Role::worker);
  node.show(k3s::Contact::ready);
  node.host.clock = "the clock is set by no time server";
  node.config.time.require_sync = false;
  CHECK(node.observe().clock.empty());
}
