/// What a reboot does to node and cluster: over K3s' API, as the kubelet of this node.
#include "agent/reboot_host.hpp"

#include <filesystem>
#include <format>
#include <thread>

#include "agent/base/text.hpp"
#include "agent/sys/run_child.hpp"
#include "k3s/day2/lock.hpp"
#include "k3s/day2/peers.hpp"
#include "k3s/join/paths.hpp"

namespace kgnode {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPodsLimit = std::size_t{16} << 20;
// A server looks each 15 s whether a worker asks.
constexpr auto kAnswerLimit = 60s;
constexpr auto kStopLimit = 10min;

Error unexpected(const k3s::Reply& reply, std::string_view what) {
  return Error::plain(std::format("the API answers {} with status {}: {}", what, reply.status,
                                  k3s::parse_message(reply.body)));
}

}  // namespace

Result<bool> RealRebootHost::is_in_cluster() {
  std::error_code ignored;
  if (!std::filesystem::exists(k3s::kBinary, ignored) ||
      !std::filesystem::exists(k3s::kKubeletCertificate, ignored))
    return false;
  const auto* unit = server_ ? k3s::kServerUnit : k3s::kAgentUnit;
  const auto asked =
      TRY(sys::run_child({.argv = {"/usr/bin/systemctl", "--quiet", "is-active", unit}}));
  if (asked.status == 0) return true;
  return fail(Error::plain(std::format(
      "{} does not run, so no pods can be moved: kgnode k3s diagnose says why; kgnode reboot "
      "--force reboots all the same",
      unit)));
}

Result<std::string> RealRebootHost::why_not_stop() {
  return server_ ? k3s::why_not_stop(api_.see_peers(), node_) : std::string();
}

Result<std::string> RealRebootHost::see_node() const {
  auto reply = TRY(api_.call({.path = own_path()}));
  if (reply.status != 200) return fail(unexpected(reply, "about this node"));
  return std::move(reply.body);
}

Result<> RealRebootHost::patch_node(std::string body) const {
  const auto reply =
      TRY(api_.call({.method = "PATCH", .path = own_path(), .body = std::move(body)}));
  if (reply.status != 200) return fail(unexpected(reply, "a change of this node"));
  return {};
}

Result<std::string> RealRebootHost::take_lock() {
  const auto holder = server_ ? TRY(lock_.take(node_)) : TRY(ask_servers_for_lock());
  return holder == node_ ? std::string() : holder;
}

Result<std::string> RealRebootHost::ask_servers_for_lock() const {
  TRY(patch_node(k3s::ask_patch("wanted")));
  const auto end = std::chrono::steady_clock::now() + kAnswerLimit;
  while (std::chrono::steady_clock::now() < end) {
    auto holder = k3s::parse_asking_one(TRY(see_node())).told;
    if (!holder.empty()) return holder;
    std::this_thread::sleep_for(1s);
  }
  return fail(Error::plain(
      "no server says within 60 s who may restart: kgnode k3s status on the servers; kgnode "
      "reboot --force reboots all the same"));
}

Result<> RealRebootHost::give_lock_back() {
  return server_ ? lock_.give_back(node_) : patch_node(k3s::ask_patch("done"));
}

Result<bool> RealRebootHost::cordon() {
  const auto now = k3s::parse_cordon(TRY(see_node()));
  if (!now) return fail(Error::plain("the API shows no node"));
  if (now->cordoned) return now->ours;
  TRY(patch_node(k3s::cordon_patch()));
  return true;
}

Result<> RealRebootHost::uncordon() {
  const auto now = k3s::parse_cordon(TRY(see_node()));
  if (!now) return fail(Error::plain("the API shows no node"));
  return now->ours ? patch_node(k3s::uncordon_patch()) : Result<>{};
}

void RealRebootHost::wait_for_notice() { std::this_thread::sleep_for(notice_); }

Result<std::vector<k3s::Pod>> RealRebootHost::list_pods() {
  const auto reply = TRY(api_.call(
      {.path = "/api/v1/pods?fieldSelector=spec.nodeName%3D" + node_, .limit = kPodsLimit}));
  auto pods = reply.status == 200 ? k3s::parse_pods(reply.body) : std::nullopt;
  if (!pods) return fail(unexpected(reply, "about this node's pods"));
  return *std::move(pods);
}

Result<std::pair<int, std::string>> RealRebootHost::evict(const k3s::Pod& pod) {
  const auto reply = TRY(api_.call(
      {.method = "POST", .path = k3s::eviction_path(pod), .body = k3s::eviction_text(pod)}));
  return std::pair{reply.status, k3s::parse_message(reply.body)};
}

bool RealRebootHost::wait_for_pods() {
  const auto now = std::chrono::steady_clock::now();
  if (end_ == std::chrono::steady_clock::time_point{}) end_ = now + within_;
  if (now >= end_) return false;
  std::this_thread::sleep_for(2s);
  return true;
}

Result<> RealRebootHost::reboot() {
  // The agent that tells what is being done goes down first: whoever watches is to see the last
  // line.
  std::this_thread::sleep_for(1s);
  const auto asked = TRY(sys::run_child({.argv = {"/usr/bin/systemctl", "--no-block", "reboot"}}));
  if (asked.status != 0)
    return fail(Error::plain("the node does not reboot: " + printable(trim(asked.err))));
  // The shutdown ends this process. Until then the unit is at work, and the agent takes nothing
  // back.
  std::this_thread::sleep_for(kStopLimit);
  return fail(Error::plain("the node was told to reboot and still runs: systemctl list-jobs"));
}

}  // namespace kgnode
