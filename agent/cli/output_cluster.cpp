/// The nodes of the cluster as text for people.
#include <format>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

namespace {

// Bytes of the reasons in a line; -o json and kgnode doctor have all.
constexpr std::size_t kWhyLimit = 160;

std::string milliseconds(const value& microseconds) {
  const auto* number = microseconds.if_int64();
  constexpr double kPerMillisecond = 1000;
  return number == nullptr
             ? "-"
             : std::format("{:.1f} ms", static_cast<double>(*number) / kPerMillisecond);
}

std::string percent(const value& loss) {
  const auto* part = loss.if_double();
  return part == nullptr ? "-" : std::format("{:.0f} %", *part * 100);
}

std::string seconds_ago(const value& seconds) {
  return seconds.is_null() ? "-" : show(seconds) + " s ago";
}

}  // namespace

std::string render_cluster(const value& answer, const Paint& paint) {
  std::vector<std::vector<std::string>> rows{
      {"NODE", "ROLE", "ADDRESS", "STATE", "PHASE", "HEARD", "RTT", "LOSS", "WHY"}};
  for (const auto& node : list_at(answer, "nodes")) {
    const auto state = show_at(node, "state");
    const auto phase = show_at(node, "phase");
    rows.push_back({show_at(node, "name"), show_at(node, "role"), show_at(node, "address"),
                    paint(tone_of(state), state), paint(tone_of(phase), phase),
                    seconds_ago(at(node, "silent_seconds")),
                    milliseconds(at(node, "round_trip_microseconds")), percent(at(node, "loss")),
                    shorten(show_at(node, "why"), kWhyLimit)});
  }
  std::string text = rows.size() > 1 ? render_table(rows) : "there is no configuration yet\n";
  if (!at(answer, "trouble").is_null())
    text += std::format("beacons: {}\n", show_at(answer, "trouble"));
  return text;
}

}  // namespace kgnode::cli
