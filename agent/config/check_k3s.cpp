/// Texts of the cluster's part that have a form of their own.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/config/cross_checks.hpp"
#include "agent/sys/ed25519.hpp"

namespace kgnode::config {
namespace {

bool has_only(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

std::vector<Placed<std::string>> texts(const Value& root, std::string_view path) {
  return read_list<std::string>(
      root, path, +[](std::string_view text) { return std::optional(std::string(text)); });
}

constexpr std::string_view kAlphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kLabel =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

bool is_label_word(std::string_view word) {
  return word.size() <= 63 && has_only(word, kLabel) &&
         (word.empty() ||
          (kAlphanumeric.contains(word.front()) && kAlphanumeric.contains(word.back())));
}

// Kubernetes, "Labels and Selectors": an optional DNS prefix, a name, and a value that may be
// empty.
bool is_label(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  auto name = text.substr(0, equals);
  if (const auto slash = name.find('/'); slash != std::string_view::npos) {
    const auto prefix = name.substr(0, slash);
    if (prefix.empty() || prefix.size() > 253 || !has_only(prefix, kLabel)) return false;
    name.remove_prefix(slash + 1);
  }
  return !name.empty() && is_label_word(name) && is_label_word(text.substr(equals + 1));
}

// The kubelet refuses to start with a label of these that it does not know.
bool is_refused_by_kubelet(std::string_view label) {
  const auto prefix = label.substr(0, label.find('/'));
  if (!label.substr(0, label.find('=')).contains('/')) return false;
  const auto belongs_to = [prefix](std::string_view domain) {
    return prefix == domain || prefix.ends_with("." + std::string(domain));
  };
  if (!belongs_to("kubernetes.io") && !belongs_to("k8s.io")) return false;
  return prefix != "topology.kubernetes.io" && !prefix.ends_with("kubelet.kubernetes.io") &&
         !prefix.ends_with("node.kubernetes.io");
}

void check_labels(const Value& root, Problems& problems) {
  for (const auto& label : texts(root, "k3s.labels")) {
    if (!is_label(label.value)) {
      problems.error(label.at, std::format("{} is no label", quote(printable(label.value))),
                     "write it as \"name=value\", such as \"topology.kubernetes.io/zone=gra9\"");
    } else if (is_refused_by_kubelet(label.value)) {
      problems.error(label.at,
                     std::format("{}: a node may not give itself this label", quote(label.value)),
                     "set it once the node has joined: kubectl label node NAME " + label.value);
    }
  }
}

void check_names(const Value& root, Problems& problems) {
  for (const auto& name : texts(root, "k3s.tls_san")) {
    if (!name.value.empty() && has_only(name.value, std::string(kLabel) + ":*")) continue;
    problems.error(name.at,
                   std::format("{} is no name and no address", quote(printable(name.value))),
                   "give a host name or an address, without scheme and port");
  }
}

void check_hash(const Value& root, Problems& problems) {
  const auto hash = read_text(root, "k3s.ca_hash");
  if (!hash || (hash->value.size() == 64 && has_only(hash->value, "0123456789abcdef"))) return;
  problems.error(hash->at, "k3s.ca_hash is not 64 lower-case hexadecimal digits",
                 "on a server: sha256sum /var/lib/rancher/k3s/server/tls/server-ca.crt");
}

void check_operator_key(const Value& root, Problems& problems) {
  const auto key = read_text(root, "k3s.snapshots.operator_key");
  if (!key || sys::parse_public_key(key->value)) return;
  problems.error(key->at, "k3s.snapshots.operator_key is not 32 bytes in base64",
                 "kgnode k3s snapshot-key makes a pair and prints the public one");
}

void check_s3(const Value& root, Problems& problems) {
  for (const auto* path : {"endpoint", "bucket", "region", "folder", "access_key"}) {
    const auto text = read_text(root, std::string("k3s.snapshots.s3.") + path);
    if (!text) continue;
    if (text->value.contains("://")) {
      problems.error(text->at, std::format("{} has a scheme", quote(printable(text->value))),
                     "write only the host, such as \"s3.gra.io.cloud.ovh.net\"");
    } else if (text->value.empty() || text->value.contains(' ') ||
               printable(text->value) != text->value) {
      problems.error(text->at, std::format("k3s.snapshots.s3.{} is not one word", path));
    }
  }
}

void check_restart_window(const Value& root, Problems& problems) {
  const auto window = read_text(root, "k3s.restart_window");
  if (!window || parse_day_window(window->value)) return;
  problems.error(window->at,
                 std::format("{} is no time of the day", quote(printable(window->value))),
                 "write it as \"02:00-04:00\", at least half an hour");
}

void check_agent_token(const Value& root, Problems& problems) {
  const auto role = read_text(root, "node.role");
  const Value* token = find_value(root, "k3s.agent_token");
  if (token == nullptr || !role || role->value != "worker") return;
  problems.error(token->at, "agent_token is for control planes",
                 "on a worker write the agents' token as token");
}

}  // namespace

void check_k3s(const Value& root, Problems& problems) {
  check_labels(root, problems);
  check_names(root, problems);
  check_hash(root, problems);
  check_operator_key(root, problems);
  check_s3(root, problems);
  check_restart_window(root, problems);
  check_agent_token(root, problems);
}

}  // namespace kgnode::config
