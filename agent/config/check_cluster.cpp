/// Addresses on the vRack, the list of servers, the ranges of pods and services.
#include <algorithm>
#include <array>
#include <format>

#include "agent/base/net.hpp"
#include "agent/base/text.hpp"
#include "agent/config/cross_checks.hpp"

namespace kgnode::config {
namespace {

using Networks = std::vector<Prefix>;

Networks parse_all(std::span<const std::string_view> texts) {
  Networks all;
  for (const auto text : texts) {
    if (const auto prefix = parse_prefix(text)) all.push_back(*prefix);
  }
  return all;
}

// Without its length a network is malformed, and the walk has said so.
std::optional<Prefix> parse_network(std::string_view text) {
  return text.contains('/') ? parse_prefix(text) : std::nullopt;
}

bool overlap(const Prefix& a, const Prefix& b) { return a.contains(b) || b.contains(a); }

void check_vrack(const Value& root, Problems& problems) {
  constexpr std::array kNever = {std::string_view("0.0.0.0/8"),
                                 std::string_view("127.0.0.0/8"),
                                 std::string_view("169.254.0.0/16"),
                                 std::string_view("224.0.0.0/3"),
                                 std::string_view("::1"),
                                 std::string_view("fe80::/10"),
                                 std::string_view("ff00::/8")};
  constexpr std::array kPrivate = {std::string_view("10.0.0.0/8"),
                                   std::string_view("172.16.0.0/12"),
                                   std::string_view("192.168.0.0/16"),
                                   std::string_view("100.64.0.0/10"), std::string_view("fc00::/7")};
  const auto vrack = read_one(root, "network.vrack", parse_network);
  if (!vrack) return;
  const auto within = [&vrack](const Prefix& range) { return range.contains(vrack->value); };
  const auto touches = [&vrack](const Prefix& range) { return overlap(range, vrack->value); };
  if (std::ranges::any_of(parse_all(kNever), touches)) {
    problems.error(vrack->at,
                   std::format("{} cannot be the vRack: it covers addresses that no node may have",
                               to_string(vrack->value)),
                   "give the private network of the cluster, such as \"10.0.0.0/24\"");
  } else if (std::ranges::none_of(parse_all(kPrivate), within)) {
    problems.warning(
        vrack->at,
        std::format("the vRack {} is not a private network, and every address in it is trusted",
                    to_string(vrack->value)));
  }
}

// Empty: a host may have this address.
std::string_view why_no_host(const Address& address, const Prefix& vrack) {
  if (!vrack.contains(address)) return "is not inside the vRack";
  // RFC 3021: a /31 has two host addresses; a single address is its own network.
  if (vrack.length + 2U > address.bits()) return {};
  if (address == vrack.network) return "is the network address of";
  if (address.family == Family::ipv4 && address == vrack.last())
    return "is the broadcast address of";
  return {};
}

/// Our address, when a host on this vRack may have it.
std::optional<Placed<Address>> own_address(const Value& root) {
  const auto vrack = read_one(root, "network.vrack", parse_network);
  auto address = read_one(root, "network.address", parse_address);
  if (address && vrack && !why_no_host(address->value, vrack->value).empty()) return std::nullopt;
  return address;
}

void check_address(const Value& root, Problems& problems) {
  const auto vrack = read_one(root, "network.vrack", parse_network);
  const auto address = read_one(root, "network.address", parse_address);
  if (!vrack || !address) return;
  const auto why = why_no_host(address->value, vrack->value);
  if (!why.empty()) {
    problems.error(address->at,
                   std::format("{} {} {}", to_string(address->value), why, to_string(vrack->value)),
                   "give the address that this node has there");
  }
}

void check_servers(const Value& root, Problems& problems) {
  const auto vrack = read_one(root, "network.vrack", parse_network);
  const auto servers = read_list(root, "k3s.servers", parse_address);
  for (const auto& server : servers) {
    if (vrack && !vrack->value.contains(server.value)) {
      problems.error(server.at, std::format("server {} is not inside the vRack {}",
                                            to_string(server.value), to_string(vrack->value)));
    }
  }
  const Value* list = find_value(root, "k3s.servers");
  const auto environment = read_text(root, "node.environment");
  if (list == nullptr || servers.empty() || !environment || environment->value != "production")
    return;
  if (servers.size() == 1) {
    return problems.warning(list->at,
                            "one server in production: when it fails, so does the cluster",
                            "three servers survive the loss of one");
  }
  if (servers.size() % 2 == 0) {
    problems.warning(list->at,
                     std::format("{} servers survive no more failures than {}", servers.size(),
                                 servers.size() - 1),
                     "give an odd number of servers");
  }
}

void check_role(const Value& root, Problems& problems) {
  const auto role = read_text(root, "node.role");
  const auto address = own_address(root);
  const auto servers = read_list(root, "k3s.servers", parse_address);
  const Value* list = find_value(root, "k3s.servers");
  if (!role || !address || servers.empty()) return;
  const auto mine = std::ranges::find(servers, address->value, &Placed<Address>::value);
  const bool listed = mine != servers.end();
  const auto text = to_string(address->value);
  if (role->value == "control-plane" && !listed) {
    problems.error(
        list->at,
        std::format("this node is a control plane, but its address {} is not one of the servers",
                    text),
        "add it to servers, or set role = \"worker\"");
  }
  if (role->value == "worker" && listed) {
    problems.error(
        mine->at,
        std::format("this node is a worker, but its address {} is one of the servers", text),
        "take it off, or set role = \"control-plane\"");
  }
}

void check_token(const Value& root, Problems& problems) {
  const Value* k3s = find_value(root, "k3s");
  const auto servers = read_list(root, "k3s.servers", parse_address);
  const auto address = own_address(root);
  if (k3s == nullptr || find_value(*k3s, "token") != nullptr || servers.empty() || !address) return;
  if (servers.front().value == address->value) return;  // K3s draws one when it starts a cluster
  problems.warning(k3s->at, "no token: the node will be hardened but cannot join",
                   "add token = { file = \"/run/kgnode/secrets/k3s-token\" }");
}

struct Range {
  std::string_view path;
  Placed<Prefix> network;
};

// Reported where the file names one of the two: a default stands nowhere.
void check_overlap(const Range& a, const Range& b, Problems& problems) {
  if (!overlap(a.network.value, b.network.value)) return;
  const auto& [path, network] = a.network.at.line != 0 ? a : b;
  const auto& [other_path, other] = a.network.at.line != 0 ? b : a;
  problems.error(network.at,
                 std::format("{} {} overlaps {} {}", path, to_string(network.value), other_path,
                             to_string(other.value)),
                 other.at.line == 0
                     ? std::format("{} is the default: set it, or choose another network here",
                                   to_string(other.value))
                     : "choose networks that share no address");
}

void check_ranges(const Value& root, Problems& problems) {
  std::vector<Range> ranges;
  for (const std::string_view path : {"k3s.cluster_cidr", "k3s.service_cidr", "network.vrack"}) {
    if (const auto network = read_one(root, path, parse_network))
      ranges.push_back({path, *network});
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    for (std::size_t j = i + 1; j < ranges.size(); ++j)
      check_overlap(ranges[i], ranges[j], problems);
  }
}

void check_range_shape(const Value& root, Problems& problems) {
  const auto vrack = read_one(root, "network.vrack", parse_network);
  const auto pods = read_one(root, "k3s.cluster_cidr", parse_network);
  const auto services = read_one(root, "k3s.service_cidr", parse_network);
  if (pods && pods->value.network.family == Family::ipv4 && pods->value.length > 24) {
    problems.error(pods->at, std::format("{} is too small for pods: each node gets a /24 of it",
                                         to_string(pods->value)));
  }
  // kube-apiserver: at most 20 bits for services.
  if (services && services->value.length + 20U < services->value.network.bits()) {
    problems.error(services->at,
                   std::format("{} is too large for services: at most 20 bits, such as a /12",
                               to_string(services->value)));
  }
  for (const auto& range : {pods, services}) {
    if (!vrack || !range || range->value.network.family == vrack->value.network.family) continue;
    const auto& at = range->at.line == 0 ? vrack->at : range->at;
    problems.error(at,
                   std::format("{} and the vRack {} must be of one IP version",
                               to_string(range->value), to_string(vrack->value)),
                   "set k3s.cluster_cidr and k3s.service_cidr to the IP version of the vRack");
    return;
  }
}

}  // namespace

void check_cluster(const Value& root, Problems& problems) {
  check_vrack(root, problems);
  check_address(root, problems);
  check_servers(root, problems);
  check_role(root, problems);
  check_token(root, problems);
  check_ranges(root, problems);
  check_range_shape(root, problems);
}

void check_across(const Value& root, Problems& problems) {
  check_cluster(root, problems);
  check_access(root, problems);
  check_ban(root, problems);
  check_k3s(root, problems);
  check_protect(root, problems);
}

}  // namespace kgnode::config
