/// The pods of a node, and what became of their eviction.
#include "k3s/day2/pods.hpp"

#include <algorithm>
#include <format>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "k3s/join/json.hpp"

namespace kgnode::k3s {
namespace {

namespace json = boost::json;

constexpr std::size_t kNamed = 5;
constexpr auto kForce = "kgnode reboot --force reboots all the same";

/// The kind of what makes it anew; empty: nothing does.
std::string controller_of(const json::value& pod) {
  const auto* owners = find(pod, "/metadata/ownerReferences");
  if (owners == nullptr || !owners->is_array()) return {};
  for (const auto& owner : owners->get_array()) {
    const auto* controls = find(owner, "/controller");
    if (controls != nullptr && controls->is_bool() && controls->get_bool())
      return text_of(owner, "/kind");
  }
  return {};
}

bool is_static(const json::value& pod) {
  return find(pod, "/metadata/annotations/kubernetes.io~1config.mirror") != nullptr;
}

bool has_ended(const json::value& pod) {
  const auto phase = text_of(pod, "/status/phase");
  return phase == "Succeeded" || phase == "Failed";
}

std::string names_of(const std::vector<Pod>& pods) {
  std::vector<std::string> names;
  for (const auto& pod : pods) {
    if (names.size() == kNamed) break;
    names.push_back(to_string(pod));
  }
  const auto more = pods.size() - names.size();
  return join(names, ", ") + (more > 0 ? std::format(" and {} more", more) : "");
}

}  // namespace

std::string to_string(const Pod& pod) { return pod.space + "/" + pod.name; }

std::optional<std::vector<Pod>> parse_pods(std::string_view text) {
  boost::system::error_code error;
  const auto root = json::parse(text, error);
  const auto* items = error ? nullptr : find(root, "/items");
  if (items == nullptr || !items->is_array()) return std::nullopt;
  std::vector<Pod> pods;
  for (const auto& item : items->get_array()) {
    const auto controller = controller_of(item);
    if (controller == "DaemonSet" || is_static(item) || has_ended(item)) continue;
    pods.push_back({.space = text_of(item, "/metadata/namespace"),
                    .name = text_of(item, "/metadata/name"),
                    .controlled = !controller.empty()});
  }
  return pods;
}

std::string eviction_text(const Pod& pod) {
  return json::serialize(
      json::object{{"apiVersion", "policy/v1"},
                   {"kind", "Eviction"},
                   {"metadata", {{"name", pod.name}, {"namespace", pod.space}}}});
}

std::string eviction_path(const Pod& pod) {
  return std::format("/api/v1/namespaces/{}/pods/{}/eviction", pod.space, pod.name);
}

Eviction judge_eviction(int status) {
  constexpr int kGone = 404;
  constexpr int kTooManyRequests = 429;  // a disruption budget has nothing left
  if (status == kTooManyRequests) return Eviction::refused;
  return status < 300 || status == kGone ? Eviction::done : Eviction::failed;
}

std::string parse_message(std::string_view text) {
  boost::system::error_code error;
  const auto root = json::parse(text, error);
  return error ? std::string() : text_of(root, "/message");
}

std::string explain_kept(const std::vector<Kept>& kept) {
  std::vector<Pod> pods;
  for (const auto& one : kept) pods.push_back(one.pod);
  const auto is_longhorn = [](const Kept& one) {
    return one.pod.space == "longhorn-system" && one.pod.name.starts_with("instance-manager");
  };
  auto text = std::format("{} cannot be moved off the node: {}", names_of(pods),
                          kept.empty() ? "" : kept.front().why);
  if (std::ranges::any_of(kept, is_longhorn))
    text +=
        "; Longhorn keeps its instance manager while the last healthy replica of a volume, or a "
        "volume in use, is here: give these volumes a replica elsewhere, or stop who uses them";
  return std::format("{}; {}", text, kForce);
}

std::string explain_lost(const std::vector<Pod>& pods) {
  std::vector<Pod> lost;
  std::ranges::copy_if(pods, std::back_inserter(lost),
                       [](const Pod& pod) { return !pod.controlled; });
  if (lost.empty()) return {};
  return std::format("{} would be lost, for nothing makes them anew elsewhere; {}", names_of(lost),
                     kForce);
}

}  // namespace kgnode::k3s
