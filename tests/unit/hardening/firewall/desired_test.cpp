/// The port table of each role, put as questions to the rules.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "hardening/firewall/explain.hpp"
#include "hardening/firewall/rules.hpp"
#include "hardening/firewall/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using namespace kgnode::hardening::firewall;
using config::Role;

namespace {

struct Row {
  std::string_view from;
  std::string_view to;
  bool pass;
  std::string_view rule;
};

void check(const config::Config& config, const std::vector<Row>& rows) {
  const auto rules = make_ruleset(config);
  for (const auto& row : rows) {
    const auto target = parse_target(row.to);
    REQUIRE(target);
    const auto answer = explain(rules, make_packet(config, test::address(row.from), *target));
    INFO(row.from << " -> " << row.to);
    CHECK(answer.pass == row.pass);
    CHECK(answer.rule == row.rule);
  }
}

}  // namespace

TEST_CASE("firewall rules: a control plane's ports") {
  check(test::firewall_config(Role::control_plane),
        {{"203.0.113.5", "10.0.0.11:6443/tcp", true, "services.api.admin.ipv4"},
         {"2001:db8:5::1", "[2001:db8::1]:22/tcp", true, "services.ssh.admin.ipv6"},
         {"198.51.100.9", "192.0.2.1:22/tcp", false, "admit.drop"},
         {"198.51.100.9", "192.0.2.1:6443/tcp", false, "admit.drop"},
         {"10.0.0.20", "10.0.0.11:6443/tcp", true, "services.api.vrack"},
         {"10.0.0.20", "10.0.0.11:22/tcp", true, "services.ssh.vrack"},
         {"10.0.0.12", "10.0.0.11:2379/tcp", true, "services.etcd.control_planes.ipv4"},
         {"10.0.0.20", "10.0.0.11:2379/tcp", false, "admit.drop"},
         {"203.0.113.5", "10.0.0.11:2380/tcp", false, "admit.drop"},
         {"10.0.0.20", "10.0.0.11:10250/tcp", true, "services.kubelet.vrack"},
         {"10.0.0.20", "10.0.0.11:10257/tcp", false, "admit.drop"},
         {"10.0.0.20", "10.0.0.11:51820/udp", true, "services.overlay.vrack"},
         {"203.0.113.5", "192.0.2.1:51820/udp", false, "admit.drop"},
         {"10.0.0.20", "10.0.0.11:8472/udp", false, "admit.drop"},
         {"10.0.0.20", "10.0.0.11:9181/udp", true, "services.beacon.vrack"},
         {"198.51.100.9", "192.0.2.1:30080/tcp", false, "admit.drop"},
         {"198.51.100.9", "192.0.2.1", true, "icmp.echo.ipv4"},
         {"10.42.1.7", "10.0.0.11:6443/tcp", true, "input.pods"},
         {"10.42.1.7", "10.0.0.11:2379/tcp", false, "input.pods.etcd"},
         {"10.42.1.7", "10.0.0.11:22/tcp", false, "input.pods.ssh"},
         {"10.42.1.7", "10.42.2.9:22/tcp", true, "forward.from-pods"},
         {"10.42.1.7", "169.254.169.254:80/tcp", false, "admit.metadata.ipv4"}});
}

TEST_CASE("firewall rules: a worker's ports") {
  auto config = test::firewall_config(Role::worker);
  check(config,
        {{"203.0.113.5", "192.0.2.1:6443/tcp", false, "admit.drop"},
         {"10.0.0.201", "10.0.0.11:30080/tcp", true, "services.ingress.30080.load_balancer.ipv4"},
         {"198.51.100.9", "192.0.2.1:30080/tcp", false, "admit.drop"},
         {"198.51.100.9", "192.0.2.1:31000/tcp", false, "admit.drop"},
         {"10.0.0.12", "10.0.0.11:2379/tcp", false, "admit.drop"}});
  config.firewall.load_balancer.clear();
  config.firewall.node_ports = {{.ports = test::ports("31000/tcp")}};
  check(config, {{"198.51.100.9", "192.0.2.1:30443/tcp", true, "services.ingress.30443.everyone"},
                 {"198.51.100.9", "192.0.2.1:31000/tcp", true, "services.node_ports.0.everyone"}});
  config.firewall.ingress = config::Ingress::host_port;
  config.k3s.overlay = config::Overlay::vxlan;
  config.firewall.vrack_ssh = false;
  check(config, {{"198.51.100.9", "192.0.2.1:443/tcp", true, "services.ingress.443.everyone"},
                 {"198.51.100.9", "192.0.2.1:30443/tcp", false, "admit.drop"},
                 {"10.0.0.20", "10.0.0.11:8472/udp", true, "services.overlay.vrack"},
                 {"10.0.0.20", "10.0.0.11:51821/udp", false, "admit.drop"},
                 {"10.0.0.20", "10.0.0.11:22/tcp", false, "admit.drop"}});
}

TEST_CASE("firewall rules: spoofed sources are dropped by the way they come in") {
  const auto config = test::firewall_config(Role::worker);
  const auto rules = make_ruleset(config);
  Packet packet{.source = test::address("10.0.0.20"),
                .destination = test::address("10.0.0.11"),
                .port = 22,
                .reverse_path = false};
  CHECK(explain(rules, packet).rule == "admit.spoof.vrack");
  packet.source = test::address("10.42.0.9");
  CHECK(explain(rules, packet).rule == "admit.spoof.pods");
  packet.source = test::address("127.0.0.1");
  CHECK(explain(rules, packet).rule == "admit.spoof.loopback-source.ipv4");
}

TEST_CASE("firewall rules: a ban is met first, by all that stands for the source") {
  auto config = test::firewall_config(Role::worker);
  config.ban.ipv4_prefix = 24;
  config.ban.ipv6_prefix = 56;
  auto rules = make_ruleset(config);
  for (const std::string_view ban :
       {"203.0.113.5", "198.51.100.0/24", "192.0.0.0/16", "2001:db8:5::/56", "2001:db8:6::1"})
    add_ban(rules, test::prefix(ban), {24, 56});
  const auto decide = [&config, &rules](std::string_view from, std::string_view to) {
    return explain(rules, make_packet(config, test::address(from), *parse_target(to))).rule;
  };
  CHECK(decide("203.0.113.5", "10.0.0.11:22/tcp") == "ban.ban4");
  CHECK(decide("203.0.113.6", "10.0.0.11:22/tcp") == "services.ssh.admin.ipv4");
  CHECK(decide("198.51.100.9", "192.0.2.1") == "ban.ban4_24");
  CHECK(decide("198.51.101.9", "192.0.2.1") == "icmp.echo.ipv4");
  CHECK(decide("192.0.255.1", "192.0.2.1") == "ban.bannet4");
  CHECK(decide("2001:db8:5:ff::1", "[2001:db8::1]:22/tcp") == "ban.ban6_56");
  CHECK(decide("2001:db8:5:100::1", "[2001:db8::1]:22/tcp") == "services.ssh.admin.ipv6");
  CHECK(decide("2001:db8:6::1", "2001:db8::1") == "ban.ban6");
}

TEST_CASE("firewall rules: the text of each role is the reviewed one") {
  auto worker = test::firewall_config(Role::worker);
  worker.firewall.allow = {{.ports = test::ports("9100/tcp"), .from = worker.admin.from}};
  worker.ban.ipv4_prefix = 24;
  worker.ban.ipv6_prefix = 56;
  const std::pair<std::string, Ruleset> rows[] = {
      {"closed", make_closed_ruleset()},
      {"control-plane", make_ruleset(test::firewall_config(Role::control_plane))},
      {"worker", make_ruleset(worker)}};
  for (const auto& [name, rules] : rows) {
    const auto path = std::string(TEST_DATA) + "/firewall/" + name + ".nft";
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests have one thread
    if (std::getenv("KGNODE_TEST_ACCEPT") != nullptr) std::ofstream(path) << to_nft_text(rules);
    std::ostringstream reviewed;
    reviewed << std::ifstream(path).rdbuf();
    INFO(path);
    CHECK(to_nft_text(rules) == reviewed.str());
  }
}

TEST_CASE("firewall rules: overlapping networks become one") {
  CHECK(merge_prefixes({test::prefix("10.0.1.0/24"), test::prefix("10.0.0.0/16"),
                        test::prefix("10.0.0.0/16"), test::prefix("2001:db8::/32"),
                        test::prefix("10.2.0.1")}) == std::vector{test::prefix("10.0.0.0/16"),
                                                                  test::prefix("10.2.0.1"),
                                                                  test::prefix("2001:db8::/32")});
}

TEST_CASE("firewall targets: only whole ones are taken") {
  for (const std::string_view bad :
       {"", "10.0.0.1:22", "10.0.0.1:22/icmp", "10.0.0.1:0/tcp", "10.0.0.1:1-2/tcp",
        "2001:db8::1:22/tcp", "[10.0.0.1]:22/tcp", "10.0.0.1/24", ":22/tcp"}) {
    INFO(bad);
    CHECK_FALSE(parse_target(bad));
  }
  CHECK(parse_target("10.0.0.1:53/udp")->transport == Transport::udp);
  CHECK(parse_target("2001:db8::1")->transport == Transport::icmp_echo);
}

TEST_CASE("firewall explain: an address of this node is this node's, also when a pod asks for it") {
  const auto config = test::firewall_config(Role::control_plane);
  const auto rules = make_ruleset(config);
  const auto target = parse_target("192.0.2.1:22/tcp");
  const std::vector own = {test::address("192.0.2.1")};
  const auto pod = test::address("10.42.1.5");
  CHECK(explain(rules, make_packet(config, pod, *target, own)).rule == "input.pods.ssh");
  CHECK(explain(rules, make_packet(config, pod, *target)).rule == "forward.from-pods");
}
