#pragma once
/// Where K3s keeps what tells a node's state.

namespace kgnode::k3s {

constexpr auto kBinary = "/usr/local/bin/k3s";
constexpr auto kServerUnit = "k3s.service";
constexpr auto kAgentUnit = "k3s-agent.service";
constexpr auto kServerToken = "/var/lib/rancher/k3s/server/token";
// K3s keeps it when it was given one; otherwise it is a link to the server token.
constexpr auto kOwnAgentToken = "/var/lib/rancher/k3s/server/agent-token";
// Existence decides whether K3s takes the node for a member (pkg/etcd of K3s).
constexpr auto kEtcdLog = "/var/lib/rancher/k3s/server/db/etcd/member/wal";
// K3s leaves it when its member was removed, and at its next start moves the data away and joins.
constexpr auto kTombstone = "/var/lib/rancher/k3s/server/db/etcd/tombstone";
constexpr auto kSqlite = "/var/lib/rancher/k3s/server/db/state.db";
constexpr auto kKubeletCertificate = "/var/lib/rancher/k3s/agent/client-kubelet.crt";
constexpr auto kKubeletKey = "/var/lib/rancher/k3s/agent/client-kubelet.key";
// Of the administrator, on servers.
constexpr auto kAdminCertificate = "/var/lib/rancher/k3s/server/tls/client-admin.crt";
constexpr auto kAdminKey = "/var/lib/rancher/k3s/server/tls/client-admin.key";
constexpr auto kServerCa = "/var/lib/rancher/k3s/agent/server-ca.crt";

/// The CA of the server that let this node in first, when nothing pins one.
constexpr auto kKeptCa = "/var/lib/kgnode/k3s-ca";

}  // namespace kgnode::k3s
