/// Ways in, openings of the firewall, what the kernel must keep, the data disk.
#include <algorithm>
#include <array>
#include <format>
#include <map>

#include "agent/base/net.hpp"
#include "agent/base/text.hpp"
#include "agent/config/cross_checks.hpp"

namespace kgnode::config {
namespace {

bool covers(const PortRange& range, Protocol protocol, std::uint16_t port) {
  return range.protocol == protocol && range.first <= port && port <= range.last;
}

std::vector<Placed<PortRange>> allowed_ports(const Value& root) {
  std::vector<Placed<PortRange>> all;
  const Value* list = find_value(root, "firewall.allow");
  if (list == nullptr) return all;
  for (const auto& item : list->items) {
    if (const auto ports = read_one(item, "ports", parse_port_range)) all.push_back(*ports);
  }
  return all;
}

void check_way_in(const Value& root, Problems& problems) {
  const Value* from = find_value(root, "admin.from");
  const auto vrack_ssh = read_bool(root, "firewall.vrack_ssh");
  if (from == nullptr || from->type != Type::list || !from->items.empty() || !vrack_ssh ||
      vrack_ssh->value)
    return;
  const auto opens_ssh = [](const auto& ports) { return covers(ports.value, Protocol::tcp, 22); };
  if (std::ranges::any_of(allowed_ports(root), opens_ssh)) return;
  problems.error(vrack_ssh->at,
                 "nobody could log in: SSH is closed from the vRack, and admin.from is empty",
                 "name your networks in admin.from, or leave vrack_ssh out");
}

void check_admin_from(const Value& root, Problems& problems) {
  for (const auto& network : read_list(root, "admin.from", parse_prefix)) {
    if (network.value.length == 0) {
      problems.warning(
          network.at,
          std::format("admin.from {} opens SSH and the API to everyone, and bans nobody",
                      to_string(network.value)),
          "name the networks that administer this node");
    }
  }
}

struct InternalPorts {
  PortRange range;
  std::string_view what;
};
constexpr std::array kInternal = {
    InternalPorts{{Protocol::tcp, 2379, 2380}, "etcd"},
    InternalPorts{{Protocol::udp, 8472, 8472}, "the VXLAN overlay"},
    InternalPorts{{Protocol::udp, 51820, 51821}, "the WireGuard overlay"},
    InternalPorts{{Protocol::tcp, 10257, 10257}, "the controller manager"},
    InternalPorts{{Protocol::tcp, 10259, 10259}, "the scheduler"}};

bool share_a_port(const PortRange& a, const PortRange& b) {
  return a.protocol == b.protocol && a.first <= b.last && b.first <= a.last;
}

// Whoever reaches the overlay is inside the pod network, and whoever reaches etcd owns the cluster.
void check_internal_ports(const Value& root, Problems& problems) {
  for (const auto& ports : allowed_ports(root)) {
    for (const auto& [range, what] : kInternal) {
      if (!share_a_port(ports.value, range)) continue;
      problems.error(ports.at,
                     std::format("{} would open {} ({}), which is never reachable from outside",
                                 to_string(ports.value), to_string(range), what),
                     "leave those ports out");
    }
  }
}

void check_ssh_opening(const Value& root, Problems& problems) {
  const Value* list = find_value(root, "firewall.allow");
  if (list == nullptr) return;
  for (const auto& item : list->items) {
    const auto ports = read_one(item, "ports", parse_port_range);
    const Value* from = find_value(item, "from");
    if (ports && covers(ports->value, Protocol::tcp, 22) &&
        (from == nullptr || from->items.empty())) {
      problems.warning(ports->at, "this opens SSH to everyone",
                       "name who may reach SSH in admin.from");
    }
  }
}

// kubelet with protect-kernel-defaults compares these and exits when one differs.
const std::map<std::string_view, std::string_view>& values_k3s_demands() {
  static const std::map<std::string_view, std::string_view> values = {
      {"vm.panic_on_oom", "0"},
      {"vm.overcommit_memory", "1"},
      {"kernel.panic", "10"},
      {"kernel.panic_on_oops", "1"},
      {"kernel.keys.root_maxbytes", "25000000"},
      {"kernel.keys.root_maxkeys", "1000000"}};
  return values;
}

void check_sysctl(const Value& root, Problems& problems) {
  const Value* settings = find_value(root, "kernel.sysctl");
  if (settings == nullptr) return;
  for (const auto& member : settings->members) {
    const auto demanded = values_k3s_demands().find(member.key);
    if (demanded == values_k3s_demands().end() || member.value.type != Type::string) continue;
    if (trim(member.value.text) != demanded->second) {
      problems.error(member.at,
                     std::format("{} must stay {}: K3s does not start with another value",
                                 member.key, demanded->second),
                     "leave it out");
    }
  }
}

void check_modules(const Value& root, Problems& problems) {
  // Overlay network, container images, kube-proxy and the data disk.
  constexpr std::array kNeeded = {
      std::string_view("br_netfilter"), std::string_view("overlay"),
      std::string_view("vxlan"),        std::string_view("wireguard"),
      std::string_view("nf_tables"),    std::string_view("nf_conntrack"),
      std::string_view("ip_tables"),    std::string_view("veth"),
      std::string_view("bridge"),       std::string_view("iscsi_tcp"),
      std::string_view("dm_crypt"),     std::string_view("ext4"),
      std::string_view("xfs")};
  const auto normal = [](std::string_view text) -> std::optional<std::string> {
    std::string name(text);
    std::ranges::replace(name, '-', '_');
    return name;
  };
  const auto allowed = read_list<std::string>(root, "kernel.allow_modules", normal);
  for (const auto& module : read_list<std::string>(root, "kernel.deny_modules", normal)) {
    if (std::ranges::contains(kNeeded, module.value)) {
      problems.error(
          module.at,
          std::format("{} cannot be denied: K3s or Longhorn needs it", quote(module.value)),
          "take it off the list");
    }
    if (std::ranges::contains(allowed, module.value, &Placed<std::string>::value)) {
      problems.error(module.at,
                     std::format("{} is in allow_modules and in deny_modules", quote(module.value)),
                     "take it off one of them");
    }
  }
}

void check_disk(const Value& root, Problems& problems) {
  const Value* disk = find_value(root, "storage.disk");
  if (disk == nullptr || disk->type != Type::table) return;
  if (disk->members.empty()) {
    return problems.error(disk->at, "storage.disk names no criterion, so every disk would match",
                          "give at least one, as in { min_size = \"100GiB\" }");
  }
  if (disk->members.size() == 1 && disk->members.front().key == "path") {
    problems.warning(
        disk->members.front().at,
        "a path alone is a hint, not an identity: it may be another disk after a reboot",
        "add serial, by_id or min_size");
  }
}

void check_encryption(const Value& root, Problems& problems) {
  const Value* encryption = find_value(root, "storage.encryption");
  if (encryption == nullptr || encryption->type != Type::table) return;
  const auto tpm2 = read_bool(root, "storage.encryption.tpm2");
  if (find_value(*encryption, "passphrase") == nullptr && !(tpm2 && tpm2->value)) {
    problems.error(
        encryption->at, "storage.encryption has nothing that opens the disk",
        "give a passphrase, as in { passphrase = { file = \"/run/kgnode/secrets/data-disk\" } }");
  }
  if (find_value(root, "storage.disk") == nullptr)
    problems.warning(encryption->at, "no storage.disk, so nothing is encrypted",
                     "add storage.disk");
}

}  // namespace

void check_access(const Value& root, Problems& problems) {
  check_way_in(root, problems);
  check_admin_from(root, problems);
  check_internal_ports(root, problems);
  check_ssh_opening(root, problems);
  check_sysctl(root, problems);
  check_modules(root, problems);
  check_disk(root, problems);
  check_encryption(root, problems);
}

}  // namespace kgnode::config
