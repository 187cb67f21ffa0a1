/// The one table of configuration keys.
#include "agent/config/schema.hpp"

#include <algorithm>
#include <array>

namespace kgnode::config {
namespace {

constexpr auto kRequired = Need::required;
constexpr auto kList = Count::list;

constexpr std::array kKeys = {
    Key{.path = "schema",
        .kind = Kind::integer,
        .need = kRequired,
        .choices = "1|1",
        .example = "1",
        .effect =
            "Version of this format. A file with another version is refused, not guessed at."},

    Key{.path = "node", .kind = Kind::table, .need = kRequired, .effect = "Who this node is."},
    Key{.path = "node.name",
        .kind = Kind::label,
        .need = kRequired,
        .example = R"("cp-1")",
        .effect = "Host name and name of the node in the cluster: lower-case letters, digits and "
                  "hyphens, at most 63. Must not change once the node has joined."},
    Key{.path = "node.role",
        .kind = Kind::choice,
        .need = kRequired,
        .choices = "control-plane|worker",
        .example = R"("control-plane")",
        .effect = "Decides which ports are open and how K3s runs."},
    Key{.path = "node.environment",
        .kind = Kind::choice,
        .fallback = R"("production")",
        .choices = "development|production",
        .example = R"("development")",
        .effect = "Sets retention (snapshots are kept 30 or 90 days) and strictness."},

    Key{.path = "network",
        .kind = Kind::table,
        .need = kRequired,
        .effect = "The private network of the cluster."},
    Key{.path = "network.vrack",
        .kind = Kind::network,
        .need = kRequired,
        .example = R"("10.0.0.0/24")",
        .effect = "The vRack: what nodes trust for cluster traffic, SSH and health."},
    Key{.path = "network.address",
        .kind = Kind::address,
        .need = kRequired,
        .example = R"("10.0.0.11")",
        .effect = "This node's address on the vRack; its interface is found by it."},

    Key{.path = "admin",
        .kind = Kind::table,
        .need = kRequired,
        .effect = "Who may administer the node, and from where."},
    Key{.path = "admin.user",
        .kind = Kind::user_name,
        .fallback = R"("admin")",
        .example = R"("ops")",
        .effect = "The account that logs in over SSH. Never `root`."},
    Key{.path = "admin.ssh_keys",
        .kind = Kind::ssh_key,
        .count = kList,
        .need = kRequired,
        .example =
            R"(["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ops"])",
        .effect = "Public keys that may log in, as in `authorized_keys` but without options."},
    Key{.path = "admin.from",
        .kind = Kind::source,
        .count = kList,
        .fallback = "[]",
        .example = R"(["203.0.113.0/24"])",
        .effect = "Who may reach SSH and the API from outside the vRack; these are never banned."},

    Key{.path = "firewall",
        .kind = Kind::table,
        .effect = "What the firewall lets in besides the ports of the role."},
    Key{.path = "firewall.load_balancer",
        .kind = Kind::source,
        .count = kList,
        .fallback = "[]",
        .example = R"(["10.0.0.200"])",
        .effect =
            "Sources of the load balancer: ingress, API and health probes. With an empty list "
            "everyone may reach the ingress ports."},
    Key{.path = "firewall.ingress",
        .kind = Kind::choice,
        .fallback = R"("node-port")",
        .choices = "node-port|host-port|none",
        .example = R"("host-port")",
        .effect = "How ingress listens on workers: ports 30080 and 30443, ports 80 and 443, or not "
                  "at all."},
    Key{.path = "firewall.allow",
        .kind = Kind::table,
        .count = kList,
        .fallback = "[]",
        .example = R"([{ ports = "8443/tcp", from = ["198.51.100.0/24"] }])",
        .effect = "Further openings to this host."},
    Key{.path = "firewall.allow.ports",
        .kind = Kind::ports,
        .need = kRequired,
        .example = R"("8443/tcp")",
        .effect = "A port or a range, with its protocol."},
    Key{.path = "firewall.allow.from",
        .kind = Kind::source,
        .count = kList,
        .fallback = "[]",
        .example = R"(["198.51.100.0/24"])",
        .effect = "Who may use it; everyone when empty."},
    Key{.path = "firewall.node_ports",
        .kind = Kind::table,
        .count = kList,
        .fallback = "[]",
        .example = R"([{ ports = "31000/tcp" }])",
        .effect =
            "Published services outside the ingress ports. All other node ports stay closed."},
    Key{.path = "firewall.node_ports.ports",
        .kind = Kind::node_ports,
        .need = kRequired,
        .example = R"("31000-31009/udp")",
        .effect = "A port or a range within 30000-32767, with its protocol."},
    Key{.path = "firewall.node_ports.from",
        .kind = Kind::source,
        .count = kList,
        .fallback = "[]",
        .example = R"(["198.51.100.7"])",
        .effect = "Who may use it; everyone when empty."},
    Key{.path = "firewall.vrack_ssh",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect = "Whether SSH is open from the vRack. `false` needs `admin.from`: there must be a "
                  "way in."},
    Key{.path = "firewall.ssh_rate",
        .kind = Kind::rate,
        .fallback = R"("30/minute")",
        .example = R"("10/minute")",
        .effect = "New SSH connections of one source."},
    Key{.path = "firewall.api_rate",
        .kind = Kind::rate,
        .fallback = R"("600/minute")",
        .example = R"("1200/minute")",
        .effect = "New connections of one source to the Kubernetes API."},
    Key{.path = "firewall.log_rate",
        .kind = Kind::rate,
        .fallback = R"("5/second")",
        .example = R"("1/second")",
        .effect = "Dropped packets that are logged."},
    Key{.path = "firewall.metadata_shield",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect = "Keeps pods away from the cloud's metadata service, which holds user data."},

    Key{.path = "ssh", .kind = Kind::table, .effect = "The SSH server."},
    Key{.path = "ssh.profile",
        .kind = Kind::choice,
        .fallback = R"("cis")",
        .choices = "cis|ssh-audit",
        .example = R"("ssh-audit")",
        .effect = "Which recommendation decides where the two differ."},
    Key{.path = "ssh.max_sessions",
        .kind = Kind::integer,
        .fallback = "10",
        .choices = "1|100",
        .example = "4",
        .effect = "Sessions over one connection."},

    Key{.path = "kernel", .kind = Kind::table, .effect = "Exceptions from the kernel's hardening."},
    Key{.path = "kernel.sysctl",
        .kind = Kind::settings,
        .fallback = "{}",
        .example = R"({ "net.core.somaxconn" = "4096" })",
        .effect = "Kernel parameters that replace or extend the profile. Values that K3s compares "
                  "at its start cannot be changed."},
    Key{.path = "kernel.allow_modules",
        .kind = Kind::module_name,
        .count = kList,
        .fallback = "[]",
        .example = R"(["udf"])",
        .effect = "Modules taken off the deny list."},
    Key{.path = "kernel.deny_modules",
        .kind = Kind::module_name,
        .count = kList,
        .fallback = "[]",
        .example = R"(["usb-storage"])",
        .effect = "Modules added to the deny list."},

    Key{.path = "k3s", .kind = Kind::table, .need = kRequired, .effect = "The cluster to join."},
    Key{.path = "k3s.servers",
        .kind = Kind::address,
        .count = kList,
        .need = kRequired,
        .example = R"(["10.0.0.11", "10.0.0.12", "10.0.0.13"])",
        .effect = "vRack addresses of all control planes, the same list on every node. The first "
                  "one starts the cluster."},
    Key{.path = "k3s.token",
        .kind = Kind::secret,
        .example = R"({ file = "/run/kgnode/secrets/k3s-token" })",
        .effect =
            "The join token, inline or as a file that is read when it is used. Never printed."},
    Key{.path = "k3s.token.file",
        .kind = Kind::path,
        .need = kRequired,
        .example = R"("/run/kgnode/secrets/k3s-token")",
        .effect = "File that holds the token."},
    Key{.path = "k3s.cluster_cidr",
        .kind = Kind::network,
        .fallback = R"("10.42.0.0/16")",
        .example = R"("10.50.0.0/16")",
        .effect = "Addresses of pods; each node gets a /24. Fixed once the cluster has started."},
    Key{.path = "k3s.service_cidr",
        .kind = Kind::network,
        .fallback = R"("10.43.0.0/16")",
        .example = R"("10.51.0.0/16")",
        .effect = "Addresses of services. Fixed once the cluster has started."},
    Key{.path = "k3s.overlay",
        .kind = Kind::choice,
        .fallback = R"("vxlan")",
        .choices = "vxlan|wireguard",
        .example = R"("wireguard")",
        .effect = "How pod traffic crosses the vRack: plain, or encrypted."},

    Key{.path = "storage", .kind = Kind::table, .effect = "The data disk for Longhorn."},
    Key{.path = "storage.disk",
        .kind = Kind::table,
        .example = R"({ min_size = "100GiB" })",
        .effect = "Which disk becomes the data disk: exactly one must match all that is given. "
                  "Without it no disk is touched."},
    Key{.path = "storage.disk.min_size",
        .kind = Kind::size,
        .example = R"("100GiB")",
        .effect = "At least this large."},
    Key{.path = "storage.disk.serial",
        .kind = Kind::text,
        .example = R"("a1b2c3d4-e5f6")",
        .effect = "Serial number as `kgnode storage list` shows it."},
    Key{.path = "storage.disk.by_id",
        .kind = Kind::device_name,
        .example = R"("virtio-a1b2c3d4-e5f6")",
        .effect = "Name below `/dev/disk/by-id`."},
    Key{.path = "storage.disk.by_path",
        .kind = Kind::device_name,
        .example = R"("pci-0000:00:06.0")",
        .effect = "Name below `/dev/disk/by-path`."},
    Key{.path = "storage.disk.path",
        .kind = Kind::path,
        .example = R"("/dev/vdb")",
        .effect = "Device file. Kernel names move between boots: give a further criterion."},
};

}  // namespace

std::span<const Key> schema() { return kKeys; }

const Key* find_key(std::string_view path) {
  const auto* const found = std::ranges::find(kKeys, path, &Key::path);
  return found == kKeys.end() ? nullptr : found;
}

std::string_view parent_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string_view name_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace kgnode::config
