/// What first boot will do on this node.
#include "agent/firstboot/plan.hpp"

#include <algorithm>
#include <format>

#include "agent/base/kept_tokens.hpp"
#include "agent/base/text.hpp"
#include "agent/firstboot/node_toml.hpp"
#include "agent/firstboot/parse_cloud_config.hpp"
#include "agent/firstboot/parse_user_data.hpp"

namespace kgnode::firstboot {
namespace {

constexpr std::string_view kRejectedPath = "/run/kgnode/node.toml.rejected";

struct Planner {
  const SeedData& seed;
  const Input& input;
  Notes& notes;
  Output out;

  void value(std::string name, std::string text, std::string from) {
    if (!text.empty()) out.values.push_back({std::move(name), std::move(text), std::move(from)});
  }
  void choose_node();
  void reject(const NodeDocument& node, std::string text, const std::vector<std::string>& problems);
  std::string complete(const NodeDocument& node);
  std::string add_name(std::string text, const std::string& from);
  std::string add_keys(std::string text, const std::string& from);
  bool keeps_existing();
  void choose_hostname(std::string_view config, bool kept);
  void choose_network(std::string_view config);
  void tell_address(const NodeFacts& facts);
};

std::string Planner::add_name(std::string text, const std::string& from) {
  const auto facts = read_node_facts(text);
  const auto& host = seed.user_data.hostname;
  if (!facts.name.empty()) {
    if (!host.empty() && host != facts.name) {
      notes.warn(seed.user_data_name,
                 std::format("hostname {} and node.name {} differ: node.name is taken", quote(host),
                             quote(facts.name)));
    }
    value("node.name", facts.name, from);
    return text;
  }
  const auto& name = host.empty() ? seed.meta.name : host;
  if (name.empty()) return text;  // the configuration's own check says that it is missing
  auto completed = with_node_name(text, name);
  if (!completed) {
    notes.error(from, "the instance's name cannot be added to [node]: give node.name there");
    return text;
  }
  value("node.name", name, host.empty() ? seed.meta_name : seed.user_data_name);
  return *std::move(completed);
}

// Keys that somebody wrote into user data all count; the key pair of the instance counts when there
// is none.
std::string Planner::add_keys(std::string text, const std::string& from) {
  const auto facts = read_node_facts(text);
  const auto& written = seed.user_data.ssh_keys;
  const bool pair_counts = written.empty() && !facts.has_ssh_keys;
  const auto& added = pair_counts ? seed.meta.ssh_keys : written;
  if (facts.has_ssh_keys) value("admin.ssh_keys", "given", from);
  if (!pair_counts && !seed.meta.ssh_keys.empty()) {
    value("public_keys",
          std::format("{} not used: user data gives keys", seed.meta.ssh_keys.size()),
          seed.meta_name);
  }
  if (added.empty()) return text;
  auto completed = with_ssh_keys(text, added);
  if (!completed) {
    notes.error(from, "SSH keys cannot be added to [admin]: give them in admin.ssh_keys");
    return text;
  }
  for (const auto& key : added)
    value("admin.ssh_keys", key, pair_counts ? seed.meta_name : seed.user_data_name);
  return *std::move(completed);
}

std::string Planner::complete(const NodeDocument& node) {
  return add_keys(add_name(node.text, node.from), node.from);
}

/// A configuration that is there stays, unless it belongs to another instance (a disk that was
/// copied).
bool Planner::keeps_existing() {
  if (!input.node_toml) return false;
  if (!input.state) {
    if (seed.user_data.node) {
      notes.warn(seed.user_data.node->from,
                 std::format("{} was there before and stays; to take this one, remove that "
                             "file and reboot",
                             kNodeTomlPath));
    }
    return true;
  }
  if (input.state->instance_id != seed.meta.instance_id) return false;
  if (seed.user_data.node && input.state->user_data_sha256 != seed.user_data_sha256) {
    notes.warn(seed.user_data_name,
               std::format("has changed since it was taken; {} stays, because it may hold later "
                           "changes: kgnode apply FILE takes a new one",
                           kNodeTomlPath));
  }
  return true;
}

void Planner::reject(const NodeDocument& node, std::string text,
                     const std::vector<std::string>& problems) {
  for (const auto& problem : problems) notes.error(node.from, problem);
  notes.error(node.from,
              std::format("the node configuration has errors, so it is not used: correct the copy "
                          "and run kgnode apply {}",
                          kRejectedPath));
  out.rejected = {.path = std::string(kRejectedPath),
                  .content = std::move(text),
                  .mode = 0600,
                  .from = node.from};
}

void Planner::choose_node() {
  const auto& node = seed.user_data.node;
  if (!node) {
    if (!input.node_toml) {
      notes.error(seed.user_data.files.empty() && seed.user_data_sha256.empty()
                      ? "user_data"
                      : seed.user_data_name,
                  "holds no node configuration, and this node has none: kgnode apply FILE, or a "
                  "new instance with a "
                  "node.toml as user data");
    }
    return;
  }
  // A line and a column are of use in a file that can be opened: the copy that is kept aside.
  const auto broken = check_toml(node->text, kRejectedPath);
  auto text = broken ? node->text : complete(*node);
  std::vector<std::string> problems;
  if (broken) {
    problems = {std::format("{} ({})", *broken, kUnderstood)};
  } else if (input.check) {
    problems = input.check(text, kRejectedPath);
  }
  if (!problems.empty()) return reject(*node, std::move(text), problems);
  const auto token_file = std::format("{}/k3s-token", kKeptTokens);
  if (auto parted = part_token(text, token_file)) {
    text = std::move(parted->text);
    out.token = {
        .path = token_file, .content = std::move(parted->token), .mode = 0600, .from = node->from};
  }
  out.node_toml = {.path = std::string(kNodeTomlPath),
                   .content = std::move(text),
                   .mode = 0600,
                   .from = node->from};
}

void Planner::choose_hostname(std::string_view config, bool kept) {
  out.hostname = to_lower(read_node_facts(config).name);
  const auto named = std::ranges::find(out.values, "node.name", &Value::name);
  std::string from = kept || named == out.values.end() ? std::string(kNodeTomlPath) : named->from;
  if (out.hostname.empty()) {
    const bool given = !seed.user_data.hostname.empty();
    out.hostname = given ? seed.user_data.hostname : seed.meta.name;
    from = given ? seed.user_data_name : seed.meta_name;
  }
  value("hostname", out.hostname, std::move(from));
}

/// Whether a link gets the node's address on the vRack: without it the others hear nothing of the
/// node, not even why. An operator may set it later by a file of networkd: so no error then.
void Planner::tell_address(const NodeFacts& facts) {
  if (!facts.address || !out.node_toml) return;
  std::vector<std::string> there;
  const Link* owner = nullptr;
  for (const auto& link : seed.network->links) {
    if (link.dhcp4 || link.dhcp6 || link.accept_ra.value_or(false)) return;  // told by others
    for (const auto& own : link.addresses) {
      if (own.address == *facts.address) owner = &link;
      if (facts.vrack && facts.vrack->contains(own.address))
        there.push_back(std::format("{} on link {}", to_string(own.address), quote(link.id)));
    }
  }
  const bool by_hand = std::ranges::any_of(seed.user_data.files, [](const SeedFile& file) {
    return file.path.starts_with("/etc/systemd/network/");
  });
  if (by_hand) return;
  const auto address = to_string(*facts.address);
  if (owner == nullptr) {
    notes.error(seed.network_name,
                std::format("no link has network.address {}{}: give the address that the instance "
                            "has on the vRack",
                            address, there.empty() ? "" : "; there is " + join(there, ", ")));
  } else if (!owner->mac.empty() &&
             !std::ranges::contains(input.present, owner->mac, &PresentLink::mac)) {
    notes.error(seed.network_name,
                std::format("network.address {} is on link {}, and no card with MAC {} is here: "
                            "attach the instance to the vRack",
                            address, quote(owner->id), owner->mac));
  }
}

void Planner::choose_network(std::string_view config) {
  const auto facts = read_node_facts(config);
  const NetworkContext context{
      .from = seed.network_name, .vrack = facts.vrack, .present = input.present};
  if (seed.network && !seed.network->links.empty()) {
    tell_address(facts);
    out.network = network_files(*seed.network, context, notes);
    value("network", std::format("{} links", seed.network->links.size()), seed.network_name);
    return;
  }
  notes.warn(seed.network_name, "lists no usable link: DHCP is tried on every card");
  out.network = fallback_files(input.present);
  value("network", "DHCP on every card", "fallback");
}

}  // namespace

Output plan(const SeedData& seed, const Input& input, Notes& notes) {
  Planner planner{.seed = seed, .input = input, .notes = notes};
  planner.value("instance", seed.meta.instance_id, seed.meta_name);
  const bool kept = planner.keeps_existing();
  if (kept) {
    planner.value("node.toml", "the one that was there", std::string(kNodeTomlPath));
  } else {
    planner.choose_node();
  }
  const std::string config = planner.out.node_toml  ? planner.out.node_toml->content
                             : input.node_toml      ? *input.node_toml
                             : planner.out.rejected ? planner.out.rejected->content
                                                    : std::string();
  planner.choose_hostname(config, kept);
  planner.choose_network(config);
  for (const auto& file : seed.user_data.files) {
    planner.out.files.push_back({.path = file.path,
                                 .content = file.content,
                                 .mode = file.mode,
                                 .from = seed.user_data_name});
    planner.value("file", file.path, seed.user_data_name);
  }
  const bool new_instance = input.state && input.state->instance_id != seed.meta.instance_id;
  planner.out.replace_files = new_instance;
  // Remembered only when something was taken: after an error the next boot tries again.
  if (planner.out.node_toml) {
    planner.out.state =
        State{.instance_id = seed.meta.instance_id, .user_data_sha256 = seed.user_data_sha256};
  }
  return std::move(planner.out);
}

}  // namespace kgnode::firstboot
