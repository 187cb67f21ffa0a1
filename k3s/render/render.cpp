/// config.yaml by role. An agent ends with an unknown key, so it is told only what agents know.
#include "k3s/render/render.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "k3s/render/policies.hpp"
#include "k3s/render/settings.hpp"

namespace kgnode::k3s {
namespace {

using config::Config, config::Role;

// Every 6 hours, so four a day: a month in development, a quarter in production.
constexpr std::string_view kSnapshotSchedule = "0 */6 * * *";

constexpr std::string_view kDefaultDisk = "node.longhorn.io/create-default-disk=";

unsigned kept_snapshots(const Config& config) {
  return config.node.environment == config::Environment::production ? 4 * 90 : 4 * 30;
}

std::string server_url(const std::string& address) {
  return std::format("https://{}:6443",
                     address.contains(':') ? "[" + address + "]" : address);  // IPv6
}

/// What is set where a node of either role finds its cluster and itself.
void add_membership(Settings& settings, const RenderInput& input) {
  const auto& [config, interface, start, server] = input;
  settings.set("node-name", config.node.name);
  settings.set("node-ip", to_string(config.network.address));
  // Left alone it is the interface of the default route, which is the public one.
  if (!interface.empty()) settings.set("flannel-iface", interface);
  if (!server.empty()) settings.set("server", server_url(server));
  if (start != Start::resume && config.k3s.token) settings.set("token-file", kTokenFile);
}

std::vector<std::string> labels(const Config& config) {
  auto all = config.k3s.labels;
  const bool given = std::ranges::any_of(
      all, [](const std::string& label) { return label.starts_with(kDefaultDisk); });
  if (config.storage.disk && !given) all.push_back(std::string(kDefaultDisk) + "config");
  return all;
}

void add_kubelet(Settings& settings, const Config& config) {
  settings.set("node-label", labels(config));
  settings.set("protect-kernel-defaults", true);
  settings.set(
      "kubelet-arg",
      std::vector<std::string>{
          "streaming-connection-idle-timeout=5m",
          "tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,"
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,"
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
          // Stops a fork bomb; Longhorn's instance manager has thousands with many volumes.
          "pod-max-pids=16384",
          "seccomp-default=true",
      });
}

/// Every server's certificate has all of them: what a client reached by one name may go on by
/// another.
std::vector<std::string> api_names(const Config& config) {
  std::vector<std::string> names;
  for (const auto& server : config.k3s.servers) names.push_back(to_string(server));
  for (const auto& name : config.k3s.tls_san) {
    if (!std::ranges::contains(names, name)) names.push_back(name);
  }
  return names;
}

/// Compared by K3s between servers, or useful only when equal: nothing here may depend on the node.
void add_cluster(Settings& settings, const config::K3s& k3s, const Config& config) {
  settings.set("cluster-cidr", to_string(k3s.cluster_cidr));
  settings.set("service-cidr", to_string(k3s.service_cidr));
  settings.set("flannel-backend",
               k3s.overlay == config::Overlay::wireguard ? "wireguard-native" : "vxlan");
  settings.set("disable", k3s.disable);
  settings.set("secrets-encryption", true);
  settings.set("secrets-encryption-provider", "secretbox");  // authenticated, unlike aescbc
  settings.set("tls-san", api_names(config));
}

void add_api_server(Settings& settings) {
  settings.set("kube-apiserver-arg",
               std::vector<std::string>{
                   "enable-admission-plugins=NodeRestriction,EventRateLimit,DenyServiceExternalIPs",
                   std::format("admission-control-config-file={}", kAdmissionFile),
                   std::format("audit-log-path={}/audit.log", kAuditLogFolder),
                   std::format("audit-policy-file={}", kAuditPolicyFile),
                   "audit-log-maxage=30",
                   "audit-log-maxbackup=10",
                   "audit-log-maxsize=100",
                   "request-timeout=300s",
                   "service-account-extend-token-expiration=false",
               });
  settings.set("kube-controller-manager-arg",
               std::vector<std::string>{"terminated-pod-gc-threshold=100"});
}

void add_snapshots(Settings& settings, const Config& config) {
  settings.set("etcd-snapshot-schedule-cron", kSnapshotSchedule);
  settings.set("etcd-snapshot-retention", kept_snapshots(config));
  if (!config.k3s.snapshots.s3) return;
  const auto& s3 = *config.k3s.snapshots.s3;
  settings.set("etcd-s3", true);
  settings.set("etcd-s3-endpoint", s3.endpoint);
  settings.set("etcd-s3-bucket", s3.bucket);
  settings.set("etcd-s3-region", s3.region);
  if (!s3.folder.empty()) settings.set("etcd-s3-folder", s3.folder);
  settings.set("etcd-s3-retention", kept_snapshots(config));
}

std::string render_server(const RenderInput& input) {
  const auto& config = input.config;
  Settings settings;
  // Left in place it would have a first server whose disk was lost start a second cluster.
  if (input.start == Start::initialise) settings.set("cluster-init", true);
  add_membership(settings, input);
  if (config.k3s.agent_token) settings.set("agent-token-file", kAgentTokenFile);
  settings.set("advertise-address", to_string(config.network.address));
  // Acts when the node registers: what runs here is the control plane, not guests.
  settings.set("node-taint",
               std::vector<std::string>{"node-role.kubernetes.io/control-plane=true:NoSchedule"});
  settings.set("write-kubeconfig-mode", "0600");
  add_cluster(settings, config.k3s, config);
  add_kubelet(settings, config);
  add_api_server(settings);
  add_snapshots(settings, config);
  return settings.text();
}

std::string render_agent(const RenderInput& input) {
  Settings settings;
  add_membership(settings, input);
  add_kubelet(settings, input.config);
  return settings.text();
}

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter < 0x7f; });
}

}  // namespace

std::vector<File> render(const RenderInput& input) {
  if (input.config.node.role == Role::worker)
    return {{.path = std::string(kConfigFile), .text = render_agent(input)}};
  const auto& k3s = input.config.k3s;
  return {
      {.path = std::string(kConfigFile), .text = render_server(input)},
      {.path = std::string(kAdmissionFile), .text = render_admission(k3s)},
      {.path = std::string(kAuditPolicyFile), .text = render_audit_policy()},
      {.path = std::string(kNetworkPoliciesFile), .text = render_network_policies(k3s)},
  };
}

Result<File> render_s3(const config::S3& s3, std::string_view secret) {
  if (!is_word(secret)) {
    return fail(Error::plain(
        "k3s.snapshots.s3.secret_key is empty or not one word of printable ASCII: copy it again "
        "from the provider"));
  }
  Settings settings;
  settings.set("etcd-s3-access-key", s3.access_key);
  settings.set("etcd-s3-secret-key", secret);
  return File{.path = std::string(kS3File), .text = settings.text()};
}

}  // namespace kgnode::k3s
