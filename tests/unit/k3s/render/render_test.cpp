#include "k3s/render/render.hpp"

#include <format>

#include "agent/sys/yaml.hpp"
#include "k3s/render/settings.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/k3s_config.hpp"

using namespace kgnode;
using namespace kgnode::k3s;
using test::cluster_text, test::load_valid, test::text_of;

namespace {

constexpr auto kS3 = R"(
[k3s.snapshots.s3]
endpoint = "s3.gra.io.cloud.ovh.net"
bucket = "etcd"
region = "gra"
folder = "production"
access_key = "AKEXAMPLE"
secret_key = "never-rendered-secret"
)";

std::string all_files(const std::vector<File>& files) {
  std::string text;
  for (const auto& file : files)
    text += std::format("==> {:04o} {}\n{}\n", file.mode, file.path, file.text);
  return text;
}

std::vector<File> render_node(const test::ClusterNode& node, Start start, std::string server,
                              std::string interface = "ens4") {
  const auto config = load_valid(cluster_text(node));
  return render({.config = config,
                 .interface = std::move(interface),
                 .start = start,
                 .server = std::move(server)});
}

sys::Yaml config_of(const std::vector<File>& files) {
  auto parsed = sys::parse_yaml(text_of(files, kConfigFile));
  REQUIRE(parsed);
  return *std::move(parsed);
}

const test::ClusterNode kWorker{.name = "worker-1", .role = "worker", .address = "10.0.0.21"};

}  // namespace

TEST_CASE("k3s render: every file of every role, as it is written", "[k3s][render]") {
  const test::ClusterNode second{.name = "cp-2", .address = "10.0.0.12"};
  auto with_s3 = second;
  with_s3.rest =
      "agent_token = \"never-rendered-agents\"\noverlay = \"wireguard\"\n"
      "tls_san = [\"api.example.net\"]\nlabels = [\"topology.kubernetes.io/zone=gra9\"]\n"
      "disable = [\"traefik\"]\npod_security = \"baseline\"\n"
      "pod_security_exempt = [\"longhorn-system\", \"kube-system\", \"ingress-nginx\"]\n" +
      std::string(kS3);
  auto with_disk = kWorker;
  with_disk.rest = "[storage]\ndisk = { min_size = \"100GiB\" }\n";
  test::ClusterNode development;
  development.node = "environment = \"development\"";
  const struct {
    const char* name;
    std::vector<File> files;
  } rows[] = {
      {"initialise", render_node({}, Start::initialise, "")},
      {"join", render_node(second, Start::join, "10.0.0.11")},
      {"resume", render_node(second, Start::resume, "10.0.0.11")},
      {"s3", render_node(with_s3, Start::join, "10.0.0.11")},
      {"development", render_node(development, Start::initialise, "")},
      {"worker", render_node(with_disk, Start::join, "10.0.0.11")},
      {"worker-resume", render_node(kWorker, Start::resume, "10.0.0.11")},
  };
  for (const auto& [name, files] : rows) {
    test::check_golden(std::format("k3s/render/{}.txt", name), all_files(files));
    CHECK_FALSE(all_files(files).contains("never-rendered"));
    for (const auto& file : files) CHECK(file.mode == 0600);
  }
}

TEST_CASE("k3s render: only the first start of the first server begins a cluster",
          "[k3s][render]") {
  const auto first = config_of(render_node({}, Start::initialise, ""));
  CHECK(first.find("cluster-init") != nullptr);
  CHECK(first.find("server") == nullptr);
  CHECK(first.find("token-file")->text == kTokenFile);
  const auto again = config_of(render_node({}, Start::resume, "10.0.0.12"));
  CHECK(again.find("cluster-init") == nullptr);
  CHECK(again.find("token-file") == nullptr);
  CHECK(again.find("server")->text == "https://10.0.0.12:6443");
  CHECK(config_of(render_node({}, Start::resume, "")).find("server") == nullptr);
}

TEST_CASE("k3s render: the agents' token is named at every start of a server", "[k3s][render]") {
  test::ClusterNode node;
  node.rest = "agent_token = \"for-agents\"\n";
  for (const auto start : {Start::initialise, Start::join, Start::resume}) {
    const auto config = config_of(render_node(node, start, ""));
    CHECK(config.find("agent-token-file")->text == kAgentTokenFile);
  }
}

TEST_CASE("k3s render: an IPv6 server stands in brackets", "[k3s][render]") {
  const auto config = config_of(render_node(kWorker, Start::join, "fd00::11"));
  CHECK(config.find("server")->text == "https://[fd00::11]:6443");
}

TEST_CASE("k3s render: an interface that is not known is left out", "[k3s][render]") {
  const auto config = config_of(render_node(kWorker, Start::join, "10.0.0.11", ""));
  CHECK(config.find("flannel-iface") == nullptr);
}

TEST_CASE("k3s render: a label of the operator's decides about the default disk", "[k3s][render]") {
  auto node = kWorker;
  node.rest =
      "labels = [\"node.longhorn.io/create-default-disk=true\"]\n"
      "[storage]\ndisk = { min_size = \"100GiB\" }\n";
  const auto config = config_of(render_node(node, Start::join, "10.0.0.11"));
  const auto& labels = config.find("node-label")->items;
  REQUIRE(labels.size() == 1);
  CHECK(labels[0].text == "node.longhorn.io/create-default-disk=true");
}

TEST_CASE("k3s render: the keys of object storage are a file of their own", "[k3s][render]") {
  test::ClusterNode node;
  node.rest = kS3;
  const auto config = load_valid(cluster_text(node));
  const auto file = render_s3(*config.k3s.snapshots.s3, "a\"b\\c/+=");
  REQUIRE(file);
  CHECK(file->mode == 0600);
  CHECK(file->path == "/etc/rancher/k3s/config.yaml.d/50-s3.yaml");
  const auto parsed = sys::parse_yaml(file->text);
  REQUIRE(parsed);
  CHECK(parsed->entries.size() == 2);
  CHECK(parsed->find("etcd-s3-access-key")->text == "AKEXAMPLE");
  CHECK(parsed->find("etcd-s3-secret-key")->text == "a\"b\\c/+=");
  for (const std::string secret : {"", "two words", "line\n", "caf\xc3\xa9"}) {
    const auto refused = render_s3(*config.k3s.snapshots.s3, secret);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().contains("k3s.snapshots.s3.secret_key"));
  }
}

TEST_CASE("k3s render: whatever is quoted is read back as it was", "[k3s][render]") {
  std::string every;
  for (int byte = 1; byte < 0x80; ++byte) every += static_cast<char>(byte);
  for (const std::string& text : {every, std::string("0600"), std::string("no"), std::string("~"),
                                  std::string("1:30"), std::string(), std::string("caf\xc3\xa9")}) {
    const auto parsed = sys::parse_yaml("key: " + quote_yaml(text) + "\n");
    REQUIRE(parsed);
    CHECK(parsed->find("key")->text == text);
    CHECK_FALSE(parsed->find("key")->plain);
  }
}
