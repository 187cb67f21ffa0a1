/// The one table of configuration keys.
#include "agent/config/schema.hpp"

#include <algorithm>
#include <array>

#include "agent/config/schema_cluster.hpp"
#include "agent/config/schema_protect.hpp"

namespace kgnode::config {
namespace {

constexpr std::array kNodeKeys = {
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

    Key{.path = "ban", .kind = Kind::table, .effect = "Sources of attacks, cut off for a while."},
    Key{.path = "ban.enabled",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect = "Whether log lines lead to bans. Bans by hand and block lists work without."},
    Key{.path = "ban.ipv4_prefix",
        .kind = Kind::integer,
        .fallback = "32",
        .choices = "24|32",
        .example = "28",
        .effect = "IPv4 sources that share so many bits are counted and banned as one."},
    Key{.path = "ban.ipv6_prefix",
        .kind = Kind::integer,
        .fallback = "64",
        .choices = "48|128",
        .example = "56",
        .effect = "The same for IPv6: a /64 is one customer, who can use any address of it."},
    Key{.path = "ban.never",
        .kind = Kind::source,
        .count = kList,
        .fallback = "[]",
        .example = R"(["192.0.2.10"])",
        .effect = "Never banned, besides what never is: this node, the vRack, pods and services, "
                  "`k3s.servers`, `firewall.load_balancer` and `admin.from`."},
    Key{.path = "ban.block_lists",
        .kind = Kind::path,
        .count = kList,
        .fallback = "[]",
        .example = R"(["/etc/kgnode/block.txt"])",
        .effect = "Files of addresses and networks to keep out, one a line, `#` begins a comment. "
                  "Read again when they change."},
    Key{.path = "ban.escalation",
        .kind = Kind::integer,
        .fallback = "4",
        .choices = "1|100",
        .example = "2",
        .effect = "Each further ban of a source is so many times longer; 1 keeps them equal."},
    Key{.path = "ban.longest",
        .kind = Kind::duration,
        .fallback = R"("7d")",
        .example = R"("30d")",
        .effect = "No ban by a jail is longer."},
    Key{.path = "ban.remember",
        .kind = Kind::duration,
        .fallback = R"("30d")",
        .example = R"("90d")",
        .effect = "How long a ban counts as an earlier one of its source."},
    Key{.path = "ban.jails",
        .kind = Kind::table,
        .count = kList,
        .fallback = "[]",
        .example = R"([{ name = "sshd", threshold = 3 }])",
        .effect = "Changes of built-in jails (`sshd`, `ingress-nginx`, `kube-apiserver`, "
                  "`k3s-supervisor`), and jails of your own."},
    Key{.path = "ban.jails.name",
        .kind = Kind::label,
        .need = kRequired,
        .example = R"("grafana")",
        .effect = "A built-in jail, or a name of your own."},
    Key{.path = "ban.jails.enabled",
        .kind = Kind::boolean,
        .fallback = "true",
        .example = "false",
        .effect = "`false` switches this jail off."},
    Key{.path = "ban.jails.unit",
        .kind = Kind::unit_name,
        .example = R"("grafana.service")",
        .effect = "Reads what this unit logs to the journal."},
    Key{.path = "ban.jails.file",
        .kind = Kind::path,
        .example = R"("/var/log/pods/monitoring_grafana-*_*/grafana/*.log")",
        .effect = "Reads these files; `*` stands for any part of a name. For `ingress-nginx` and "
                  "`kube-apiserver` where their logs are."},
    Key{.path = "ban.jails.pattern",
        .kind = Kind::pattern,
        .example = R"('Invalid username or password.* remote_addr=(?P<addr>\S+)$')",
        .effect =
            "What a line of your own jail must match: RE2 syntax, the source in a group named "
            "`addr`. Anchor it at the end that the attacker cannot write to."},
    Key{.path = "ban.jails.weight",
        .kind = Kind::integer,
        .fallback = "1",
        .choices = "1|100",
        .example = "5",
        .effect = "What one line of your own jail counts."},
    Key{.path = "ban.jails.threshold",
        .kind = Kind::integer,
        .choices = "1|10000",
        .example = "3",
        .effect = "The sum of weights within the window that leads to a ban; 5 for your own jail."},
    Key{.path = "ban.jails.window",
        .kind = Kind::duration,
        .example = R"("10m")",
        .effect = "How far back lines count, at most a day; 10 minutes for your own jail."},
    Key{.path = "ban.jails.time",
        .kind = Kind::duration,
        .example = R"("1h")",
        .effect = "How long the first ban lasts; an hour for your own jail."},

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
};

constexpr auto kKeys = [] {
  std::array<Key, kNodeKeys.size() + kProtectKeys.size() + kClusterKeys.size()> all{};
  auto* next = std::ranges::copy(kNodeKeys, all.begin()).out;
  next = std::ranges::copy(kProtectKeys, next).out;
  std::ranges::copy(kClusterKeys, next);
  return all;
}();

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
