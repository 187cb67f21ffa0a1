/// The verbs about K3s, and the reboot, in which its cluster takes part.
#include <format>

#include <boost/json.hpp>

#include "agent/admin.hpp"
#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/reboot_work.hpp"

namespace kgnode {
namespace {

std::unexpected<api::ApiError> refuse(unsigned status, std::string message) {
  return std::unexpected(api::ApiError{.status = status, .message = std::move(message)});
}

bool is_at_work(std::string_view state) { return state == "activating" || state == "queued"; }

/// The one line of a file; null: it is empty or not there.
boost::json::value line_of(sys::Files& files, const char* path) {
  const auto text = files.read(path);
  const auto line = text && *text ? std::string(trim(**text)) : std::string();
  return line.empty() ? boost::json::value(nullptr) : boost::json::value(line);
}

}  // namespace

boost::json::value Admin::k3s_status() {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
  };
  const auto& progress = parts_.k3s.progress();
  const auto& report = parts_.k3s.report();
  const auto seen = report ? boost::json::parse(to_text(*report)) : boost::json::value(nullptr);
  const auto part = [&seen](std::string_view name) {
    return seen.is_object() ? seen.at(name) : boost::json::value(nullptr);
  };
  return {{"stage", to_string(progress.stage)},
          {"cause", text_or_null(progress.trouble.cause)},
          {"why", text_or_null(progress.trouble.why)},
          {"remedy", text_or_null(progress.trouble.remedy)},
          {"servers", part("servers")},
          {"node", part("node")}};
}

Task<api::Answer<boost::json::value>> Admin::reboot_status() {
  const auto state = co_await parts_.units.state(k3s::kRebootUnit);
  if (!state) co_return refuse(500, state.error().message());
  const auto result = parts_.files.read(kRebootResult);
  co_return boost::json::value{{"at_work", is_at_work(*state)},
                               {"doing", line_of(parts_.files, kRebootProgress)},
                               {"finished", result && *result},
                               {"error", line_of(parts_.files, kRebootResult)}};
}

/// By a unit of its own: it blocks for minutes, and asks the network.
Task<api::Answer<boost::json::value>> Admin::reboot(std::chrono::seconds within, bool force,
                                                    api::Peer by) {
  const auto state = co_await parts_.units.state(k3s::kRebootUnit);
  if (!state) co_return refuse(500, state.error().message());
  if (is_at_work(*state)) co_return refuse(409, "a reboot is under way already");
  const auto text = std::format("reboot{}, within {}", force ? " by force" : "", to_string(within));
  if (auto recorded = record(by, {.event = "reboot", .text = text, .outcome = "begun"}); !recorded)
    co_return std::unexpected(recorded.error());
  for (const auto* path : {kRebootResult, kRebootProgress}) {
    if (const auto removed = parts_.files.remove(path); !removed)
      co_return refuse(500, removed.error().message());
  }
  const auto wish = to_text(k3s::RebootWish{.within = within, .force = force});
  if (const auto written = parts_.files.replace(kRebootRequest, wish, 0600); !written)
    co_return refuse(500, written.error().message());
  if (const auto started = co_await parts_.units.start(k3s::kRebootUnit); !started)
    co_return refuse(500, started.error().message());
  co_return boost::json::value{{"begun", true}};
}

}  // namespace kgnode
