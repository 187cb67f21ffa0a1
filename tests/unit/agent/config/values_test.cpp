/// Good values of every kind, and what they become.
#include "agent/config/scalar.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;
using config::load_text;

TEST_CASE("config values: a full document arrives whole") {
  const auto loaded = load_text(
      test::read_data(std::filesystem::path(TEST_DATA) / "config/full.toml"), "full.toml");
  INFO(test::report(loaded));
  REQUIRE(loaded.config);
  const auto& config = *loaded.config;
  CHECK(config.node == config::Node{.name = "w-7",
                                    .role = config::Role::control_plane,
                                    .environment = config::Environment::development});
  CHECK(config.admin.user == "ops");
  CHECK(config.admin.ssh_keys.size() == 1);
  CHECK(config.admin.from ==
        std::vector{*parse_prefix("203.0.113.7"), *parse_prefix("2001:db8::/32")});
  const config::Firewall firewall{
      .load_balancer = {*parse_prefix("10.0.0.200")},
      .ingress = config::Ingress::host_port,
      .allow = {{.ports = *parse_port_range("8443/tcp"),
                 .from = {*parse_prefix("198.51.100.0/24")}},
                {.ports = *parse_port_range("9000-9010/udp"), .from = {}}},
      .node_ports = {{.ports = *parse_port_range("31000/tcp"), .from = {}}},
      .vrack_ssh = false,
      .ssh_rate = {10, std::chrono::seconds(60)},
      .api_rate = {1200, std::chrono::seconds(3600)},
      .log_rate = {1, std::chrono::seconds(1)},
      .metadata_shield = false};
  CHECK(config.firewall == firewall);
  const config::Ban ban{
      .enabled = false,
      .ipv4_prefix = 24,
      .ipv6_prefix = 56,
      .never = {*parse_prefix("192.0.2.10")},
      .block_lists = {"/etc/kgnode/block.txt"},
      .escalation = 2,
      .longest = std::chrono::days(30),
      .remember = std::chrono::days(90),
      .jails = {{.name = "sshd",
                 .threshold = 3,
                 .window = std::chrono::hours(1),
                 .time = std::chrono::hours(2)},
                {.name = "grafana",
                 .enabled = false,
                 .file = "/var/log/grafana/*.log",
                 .pattern = R"(login failed.* remote_addr=(?P<addr>\S+)$)",
                 .weight = 5},
                {.name = "gitea",
                 .unit = "gitea.service",
                 .pattern = R"(Failed authentication attempt for .* from (?P<addr>\S+):\d+$)"}}};
  CHECK(config.ban == ban);
  CHECK(config.ssh == config::Ssh{.profile = config::SshProfile::ssh_audit, .max_sessions = 4});
  CHECK(config.kernel == config::Kernel{.sysctl = {{"net.core.somaxconn", "4096"},
                                                   {"net.ipv4.ip_local_port_range", "32768 60999"}},
                                        .allow_modules = {"udf"},
                                        .deny_modules = {"usb-storage"}});
  CHECK(config.k3s.overlay == config::Overlay::vxlan);
  CHECK(to_string(config.k3s.cluster_cidr) == "10.50.0.0/16");
  CHECK(to_string(config.k3s.service_cidr) == "10.51.0.0/16");
  CHECK(config.k3s.tls_san == std::vector<std::string>{"api.example.net", "203.0.113.50"});
  CHECK(config.k3s.labels == std::vector<std::string>{"topology.kubernetes.io/zone=gra9"});
  CHECK(config.k3s.disable == std::vector<std::string>{"traefik"});
  CHECK(config.k3s.pod_security == config::PodSecurity::baseline);
  CHECK(config.k3s.pod_security_exempt ==
        std::vector<std::string>{"longhorn-system", "ingress-nginx"});
  const auto& s3 = config.k3s.snapshots.s3;
  CHECK((s3 && s3->endpoint == "s3.gra.io.cloud.ovh.net" && s3->folder == "production"));
  const config::Disk disk{.min_size = parse_bytes("2TiB"),
                          .serial = "a1b2",
                          .by_id = "virtio-a1b2",
                          .by_path = "pci-0000:00:06.0",
                          .path = "/dev/vdb"};
  CHECK(config.storage.disk == disk);
  CHECK(config.health.secret);
  CHECK(config.health.previous_secret ==
        config::Secret{.value = nullptr, .file = "/run/kgnode/secrets/health-old"});
  CHECK(config.health.drain_notice == std::chrono::minutes(1));
  CHECK(config.health.grid_intensity == 56U);
  CHECK(config.health.request_counter == "/run/ingress/requests");
}

TEST_CASE("config values: tokens in every form that K3s takes") {
  const auto hash = std::string(64, 'a');
  for (const std::string& good :
       {std::string("0123456789abcdef0123456789abcdef"), std::string("abcdef.0123456789abcdef"),
        "K10" + hash + "::server:password", std::string("K10::server:password")}) {
    INFO(good);
    CHECK_FALSE(config::check_token(good));
  }
  for (const std::string& bad :
       {std::string(), std::string(" "), std::string("two words"), std::string("line\nbreak"),
        "K10" + hash, "K10" + hash + "::", "K10" + hash + "a::server:p",
        "K10" + std::string(64, 'g') + "::server:p", std::string(1025, 'a')}) {
    INFO(bad);
    CHECK(config::check_token(bad));
  }
}

TEST_CASE("config values: kernel parameters as sysctl(8) spells them") {
  for (const std::string_view good :
       {"net.core.somaxconn", "net.ipv4.conf.eth0/100.rp_filter", "net.ipv6.conf.br-1.forwarding",
        "fs.inotify.max_user_watches"})
    CHECK_FALSE(config::check_setting(good, "1"));
  for (const std::string_view bad : {"", "somaxconn", "net..x", ".net.x", "net.x.",
                                     "net/core/somaxconn", "net.../../etc", "net. x", "net.x\n"})
    CHECK(config::check_setting(bad, "1"));
  CHECK(config::check_setting("kernel.panic", ""));
  CHECK(config::check_setting("kernel.panic", "1\n2"));
  CHECK(config::check_setting("kernel.panic", std::string(1025, '1')));
}
