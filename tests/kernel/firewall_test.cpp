/// The table in a real kernel: what is loaded, who may touch it, what survives.
#include "hardening/firewall/firewall.hpp"

#include <format>
#include <optional>

#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/rules.hpp"
#include "hardening/firewall/text.hpp"
#include "tests/kernel/firewall_world.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using firewall::compile;
using firewall::make_closed_ruleset;
using firewall::make_ruleset;
using test::run;
using test::run_status;

namespace {

std::string list_ours(const test::Namespace& space) {
  const auto inside = space.enter();
  return run({"nft", "-n", "-s", "list", "table", "inet", "kgnode"});
}

firewall::Ruleset rich_ruleset(config::Role role) {
  auto config = test::sample_config(role);
  config.firewall.load_balancer = {*parse_prefix("10.0.0.200/29")};
  config.firewall.allow = {{.ports = *parse_port_range("9100/tcp"), .from = config.admin.from},
                           {.ports = *parse_port_range("5000-5010/udp")}};
  config.firewall.node_ports = {{.ports = *parse_port_range("31000-31010/tcp")}};
  config.ban.ipv4_prefix = role == config::Role::worker ? 24 : 32;
  return make_ruleset(config);
}

std::vector<std::pair<std::string, firewall::Ruleset>> rulesets() {
  return {{"closed", make_closed_ruleset()},
          {"control-plane", rich_ruleset(config::Role::control_plane)},
          {"worker", rich_ruleset(config::Role::worker)}};
}

/// The table line differs in the owner's flags and its address; the rest must not.
std::string without_flags(std::string text) {
  constexpr std::string_view kFlags = "\tflags owner,persist\n\n";
  if (const auto at = text.find(kFlags); at != std::string::npos) text.erase(at, kFlags.size());
  if (const auto hash = text.find(" # progname"); hash != std::string::npos)
    text.erase(hash, text.find('\n', hash) - hash);
  return text;
}

sys::nft::Element ban(std::string_view address) {
  const auto parsed = test::address(address);
  return {.key = {parsed.bytes.begin(), parsed.bytes.begin() + parsed.bits() / 8},
          .timeout = std::chrono::hours(1)};
}

}  // namespace

TEST_CASE("the kernel holds the same table whether it is compiled or read by nft from the text") {
  for (const auto& [name, rules] : rulesets()) {
    INFO(name);
    const test::World compiled;
    const test::World parsed;
    auto nftables = test::open_nftables(compiled);
    const auto state = nftables.replace(compile(rules));
    INFO((state ? "" : state.error().message()));
    REQUIRE(state);
    CHECK(state->owner == sys::TableOwner::we);
    {
      const auto inside = parsed.node.enter();
      run({"nft", "-c", "-f", "-"}, firewall::to_nft_text(rules));
      run({"nft", "-f", "-"}, firewall::to_nft_text(rules));
    }
    CHECK(without_flags(list_ours(compiled.node)) == list_ours(parsed.node));
  }
}

TEST_CASE("rules replace each other and every change of the table changes the digest") {
  const test::World world;
  auto nftables = test::open_nftables(world);
  const auto closed = nftables.replace(compile(make_closed_ruleset()));
  REQUIRE(closed);
  const auto role = nftables.replace(compile(rich_ruleset(config::Role::worker)));
  REQUIRE(role);
  CHECK(closed->digest != role->digest);
  CHECK(*nftables.inspect("kgnode") == *role);
  CHECK(*nftables.inspect("no-such-table") == sys::TableState{});
}

TEST_CASE("nobody but the owner can flush or edit the table") {
  const test::World world;
  auto nftables = test::open_nftables(world);
  const auto state = nftables.replace(compile(make_closed_ruleset()));
  REQUIRE(state);
  const auto inside = world.node.enter();
  run({"nft", "flush", "ruleset"});
  CHECK(run_status({"nft", "delete", "table", "inet", "kgnode"}) != 0);
  CHECK(run_status({"nft", "add", "rule", "inet", "kgnode", "input", "accept"}) != 0);
  CHECK(run_status({"nft", "flush", "chain", "inet", "kgnode", "input"}) != 0);
  CHECK(run_status({"nft", "add", "element", "inet", "kgnode", "ban4", "{ 192.0.2.1 }"}) != 0);
  CHECK(*nftables.inspect("kgnode") == *state);
}

TEST_CASE("a table outlives the process that made it, closed, and the next one takes it over") {
  const test::World world;
  {
    auto early = test::open_nftables(world);
    REQUIRE(load_closed_firewall(early));
  }
  const auto listed = list_ours(world.node);
  CHECK(listed.contains("policy drop"));
  auto agent = test::open_nftables(world);
  CHECK(agent.inspect("kgnode")->owner == sys::TableOwner::nobody);
  const auto state = agent.replace(compile(rich_ruleset(config::Role::worker)));
  REQUIRE(state);
  CHECK(state->owner == sys::TableOwner::we);
  auto second = test::open_nftables(world);
  const auto refused = second.replace(compile(make_closed_ruleset()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().contains("belongs to another running process"));
}

TEST_CASE("bans survive every replacement, also of a table of a foreign shape") {
  const test::World world;
  auto nftables = test::open_nftables(world);
  {
    const auto inside = world.node.enter();
    run({"nft", "-f", "-"},
        "table inet kgnode { set ban4 { type ipv4_addr; flags timeout; size 1000000; elements = { "
        "192.0.2.9 timeout 1h } }\nchain old { type filter hook input priority 5; accept\n}\n}\n");
  }
  for (const auto& [name, rules] : rulesets()) REQUIRE(nftables.replace(compile(rules)));
  const std::vector<sys::ElementEdit> edits = {
      {.set = "ban4", .elements = {ban("192.0.2.1"), ban("192.0.2.2")}},
      {.set = "ban6", .elements = {ban("2001:db8::1")}},
      {.set = "bannet4",
       .elements = {ban("198.18.0.0"), {.key = {198, 19, 0, 0}, .interval_end = true}}}};
  REQUIRE(nftables.edit("kgnode", edits));
  for (const auto& [name, rules] : rulesets()) {
    REQUIRE(nftables.replace(compile(rules)));
    const auto listed = list_ours(world.node);
    for (const auto* banned : {"192.0.2.9", "192.0.2.1", "2001:db8::1", "198.18.0.0/16"})
      CHECK(listed.contains(banned));
    CHECK_FALSE(listed.contains("chain old"));
  }
  const std::vector<sys::ElementEdit> removal = {
      {.set = "ban4", .change = sys::Change::remove, .elements = {ban("192.0.2.1")}}};
  REQUIRE(nftables.edit("kgnode", removal));
  CHECK_FALSE(list_ours(world.node).contains("192.0.2.1 "));
}

TEST_CASE("a transaction with one bad rule changes nothing and names the rule") {
  const test::World world;
  auto nftables = test::open_nftables(world);
  const auto before = nftables.replace(compile(make_closed_ruleset()));
  REQUIRE(before);
  auto bad = compile(make_closed_ruleset());
  bad.rules.push_back({.chain = "input",
                       .comment = "input.bad",
                       .expressions = {sys::nft::Lookup{.set = "no-such-set"}}});
  const auto refused = nftables.replace(bad);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().contains("input.bad"));
  CHECK(*nftables.inspect("kgnode") == *before);
}

TEST_CASE("the domain heals a table that another program has flushed") {
  const test::World world;
  auto nftables = test::open_nftables(world);
  nftables.set_ownership(sys::Ownership::never);  // as a kernel before 6.9
  const auto inside = world.node.enter();
  auto watch = sys::NftablesWatch::open("kgnode", nftables.port());
  REQUIRE(watch);
  test::FakeFiles files;
  Firewall domain(nftables, files);
  const Firewall::Desired want{.rules = rich_ruleset(config::Role::control_plane)};
  const auto enforce = [&domain, &want] {
    return test::reconcile(domain, want, core::Mode::enforce);
  };
  CHECK(enforce().phase == core::Phase::applied);
  CHECK(enforce().phase == core::Phase::in_sync);
  CHECK(enforce().findings.size() == 1);  // the gap is reported
  CHECK(*watch->drain() == false);        // our own changes are not news
  const auto listed = list_ours(world.node);

  run({"nft", "add", "table", "ip", "foreign"});
  CHECK(*watch->drain() == false);
  for (const std::vector<std::string>& edit : std::vector<std::vector<std::string>>{
           {"nft", "flush", "ruleset"},
           {"nft", "insert", "rule", "inet", "kgnode", "input", "accept"},
           {"nft", "flush", "chain", "inet", "kgnode", "input"},
           {"nft", "add", "chain", "inet", "kgnode", "input", "{ policy accept; }"}}) {
    INFO(edit[1] << " " << edit.back());
    run(edit);
    CHECK(*watch->drain() == true);
    CHECK(enforce().phase == core::Phase::applied);
    CHECK(list_ours(world.node) == listed);
    CHECK(*watch->drain() == false);
  }
}

TEST_CASE("an agent that starts again takes over its table and knows whether it was edited") {
  const test::World world;
  test::FakeFiles files;
  const Firewall::Desired want{.rules = rich_ruleset(config::Role::worker)};
  std::optional<sys::RealNftables> nftables;
  std::optional<Firewall> domain;
  const auto start_again = [&world, &files, &nftables, &domain] {
    domain.reset();
    nftables.reset();  // the end of a process: the table loses its owner
    nftables.emplace(test::open_nftables(world));
    domain.emplace(*nftables, files);
  };
  const auto enforce = [&domain, &want] {
    return test::reconcile(*domain, want, core::Mode::enforce).steps.at(0).after;
  };
  start_again();
  CHECK(enforce() == "the rules of the configuration");
  start_again();
  CHECK(enforce() == "the same rules");
  const auto inside = world.node.enter();
  CHECK(nftables->inspect("kgnode")->owner == sys::TableOwner::we);

  domain.reset();
  nftables.reset();
  run({"nft", "insert", "rule", "inet", "kgnode", "input", "accept"});
  start_again();
  CHECK(enforce() == "the rules of the configuration");
}
