/// Conditions and events, one call after the other.
#include "agent/k3s_tell.hpp"

#include <filesystem>
#include <format>
#include <print>
#include <string>
#include <thread>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/run_child.hpp"
#include "k3s/day2/pods.hpp"
#include "k3s/join/paths.hpp"

namespace kgnode {
namespace {

using namespace std::chrono_literals;

constexpr int kConflict = 409;
constexpr auto kReturnLimit = 30s;  // of an agent that is only restarted

Error unexpected(const k3s::Reply& reply, std::string_view what) {
  return Error::plain(std::format("the API answers {} with status {}: {}", what, reply.status,
                                  printable(k3s::parse_message(reply.body))));
}

Result<k3s::Reply> take(const CallApi& call, const ApiCall& what, std::string_view name) {
  auto reply = TRY(call(what));
  if (reply.status < 300) return reply;
  return fail(unexpected(reply, name));
}

Result<> tell_conditions(const k3s::TellRequest& request, std::chrono::sys_seconds now,
                         const CallApi& call) {
  const auto path = "/api/v1/nodes/" + request.node;
  const auto node = TRY(take(call, {.path = path}, "about this node"));
  const auto seen = k3s::parse_seen_conditions(node.body);
  if (!seen) return fail(Error::plain("the API shows no node"));
  auto patch = k3s::conditions_patch(request.conditions, *seen, now);
  if (patch.empty()) return {};
  (void)TRY(take(call,
                 {.method = "PATCH",
                  .path = path + "/status",
                  .body = std::move(patch),
                  .patch = "strategic-merge-patch"},
                 "a change of this node's conditions"));
  return {};
}

/// The kubelet may not ask for an event. The answer to the first change has its count.
Result<> count_event(const std::string& path, const k3s::NodeEvent& event, const CallApi& call) {
  const ApiCall change{.method = "PATCH", .path = path, .body = k3s::event_patch(event)};
  const auto changed = TRY(take(call, change, "a change of an event"));
  const auto count = k3s::parse_event_count(changed.body);
  if (!count) return fail(Error::plain("the API shows no event"));
  const ApiCall counting{
      .method = "PATCH", .path = path, .body = k3s::count_patch(*count + event.count)};
  (void)TRY(take(call, counting, "a change of an event"));
  return {};
}

Result<> tell_event(const std::string& node, const k3s::NodeEvent& event, const CallApi& call) {
  const ApiCall create{
      .method = "POST", .path = k3s::kEventsPath, .body = k3s::event_text(node, event)};
  const auto reply = TRY(call(create));
  if (reply.status == kConflict)
    return count_event(std::format("{}/{}", k3s::kEventsPath, k3s::event_name(node, event)), event,
                       call);
  if (reply.status < 300) return {};
  return fail(unexpected(reply, "a new event"));
}

/// The agent came back meanwhile, and says itself how the node is.
bool is_agent_there() {
  const auto asked =
      sys::run_child({.argv = {"/usr/bin/systemctl", "is-active", "kgnode.service"}});
  if (!asked) return false;
  const auto state = trim(asked->out);
  return state == "active" || state == "activating" || state == "reloading";
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

k3s::TellReport tell_by_kubelet(const K3sApi& api, const k3s::TellRequest& request,
                                const k3s::TellReport& before) {
  return tell_cluster(request, before, now(),
                      [&api](const ApiCall& call) { return api.call(call); });
}

}  // namespace

k3s::TellReport tell_cluster(const k3s::TellRequest& request, const k3s::TellReport& before,
                             std::chrono::sys_seconds now, const CallApi& call) {
  k3s::TellReport report{.conditions = before.conditions,
                         .told_at = before.told_at,
                         .waiting = static_cast<std::int64_t>(request.events.size())};
  if (const auto told = tell_conditions(request, now, call); !told) {
    report.text = shorten(told.error().message(), k3s::kMessageLimit);
    return report;
  }
  report.conditions = request.conditions;
  report.told_at = now.time_since_epoch().count();
  for (const auto& event : request.events) {
    if (const auto told = tell_event(request.node, event, call); !told) {
      report.text = shorten(told.error().message(), k3s::kMessageLimit);
      return report;
    }
    report.delivered.push_back(event.reason);
    --report.waiting;
  }
  report.told = true;
  return report;
}

int run_k3s_tell() {
  sys::RealFiles files;
  const auto text = files.read(k3s::kTellRequest, sys::Files::kReadLimit);
  const auto request =
      text ? k3s::parse_tell_request(text->value_or("")) : fail(Error(text.error()));
  if (!request) {
    std::println(stderr, "kgnode: {}", request.error().message());
    return 1;
  }
  if (request->stopping) {
    std::this_thread::sleep_for(kReturnLimit);
    if (is_agent_there()) return 0;
  }
  const auto before = k3s::read_tell_facts(files, now()).last.value_or(k3s::TellReport{});
  const auto report = tell_by_kubelet(K3sApi(request->server), *request, before);
  if (!report.told) std::println(stderr, "kgnode: {}", report.text);
  const auto written = files.replace(k3s::kTellReport, k3s::to_text(report), 0600);
  if (written) return 0;
  std::println(stderr, "kgnode: {}", written.error().message());
  return 1;
}

Result<> take_back_conditions(const config::Config& config) {
  std::error_code ignored;
  if (!std::filesystem::exists(k3s::kKubeletCertificate, ignored)) return {};
  // One that waits for the agent would tell them once more.
  (void)TRY(sys::run_child({.argv = {"/usr/bin/systemctl", "stop", k3s::kTellUnit}}));
  const k3s::TellRequest request{.node = config.node.name,
                                 .server = config.node.role == config::Role::control_plane};
  // Whose data disk is given back has no K3s that runs.
  const auto report = tell_by_kubelet(K3sApi(request.server, config.k3s.servers), request, {});
  return report.told ? Result<>{} : fail(Error::plain(report.text));
}

}  // namespace kgnode
