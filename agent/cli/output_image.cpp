/// Slots of the image as text for people.
#include <format>
#include <string>

#include <boost/json.hpp>

#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

namespace {

std::int64_t number_at(const value& answer, std::string_view key) {
  const auto* number = at(answer, key).if_int64();
  return number == nullptr ? 0 : *number;
}

std::string render_update(const value& update) {
  const auto outcome = show_at(update, "outcome");
  auto text = std::format("update     version {}: {}", show_at(update, "version"), outcome);
  if (!at(update, "reason").is_null()) text += ", " + show_at(update, "reason");
  return text + "\n";
}

}  // namespace

std::string render_upgrade(const value& answer) {
  if (show_at(answer, "root_hash").empty())
    return "this node does not run from an image with two slots\n";
  auto text = std::format("running    version {}\n", show_at(answer, "running"));
  const auto& update = at(answer, "update");
  if (!update.is_null()) text += render_update(update);
  if (is_true(at(answer, "at_work"))) text += "writing    " + render_progress(answer) + "\n";
  if (!at(answer, "error").is_null()) text += "error      " + show_at(answer, "error") + "\n";
  const auto outcome = show_at(update, "outcome");
  if (outcome == "written" && show_at(update, "version") != show_at(answer, "running"))
    text += "next       kgnode reboot tries it; it stays when the node is healthy, or goes back\n";
  if (outcome == "rolled back" && show_at(update, "version") == show_at(answer, "running"))
    text += "next       kgnode reboot goes there\n";
  return text;
}

std::string render_begun(const value&) { return "begun: the node reboots\n"; }

std::string render_progress(const value& answer) {
  constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
  const auto done = number_at(answer, "done");
  const auto total = number_at(answer, "total");
  if (total <= 0) return "beginning";
  return std::format("{} %, {} of {} MiB", done * 100 / total, done / kMebibyte, total / kMebibyte);
}

}  // namespace kgnode::cli
