/// Bans as text for people.
#include <format>
#include <vector>

#include <boost/json.hpp>

#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

namespace {

std::string render_spared(const value& answer) {
  std::vector<std::vector<std::string>> spared{{"NEVER BANNED", "REASON", "OFFENCES", "LAST"}};
  for (const auto& one : list_at(answer, "spared")) {
    spared.push_back({show_at(one, "address"), show_at(one, "reason"), show_at(one, "hits"),
                      show_time(at(one, "last"))});
  }
  return spared.size() > 1 ? "\n" + render_table(spared) : "";
}

}  // namespace

std::string render_ban_counts(const value& bans) {
  const auto& counts = at(bans, "in_force");
  const auto& last = at(bans, "last");
  std::string text = std::format(
      "{} of IPv4, {} of IPv6 in force ({} networks), {} entries of block lists; {} "
      "since start",
      show_at(counts, "ipv4"), show_at(counts, "ipv6"), show_at(counts, "networks"),
      show_at(counts, "listed"), show_at(bans, "since_start"));
  if (last.is_null()) return text;
  return text + std::format(", last {} by {} at {}", show_at(last, "source"), show_at(last, "jail"),
                            show_time(at(last, "since")));
}

std::string render_bans(const value& answer) {
  const auto bans = list_at(answer, "bans");
  std::vector<std::vector<std::string>> rows{{"SOURCE", "JAIL", "SINCE", "UNTIL", "TIMES"}};
  for (const auto& ban : bans) {
    rows.push_back({show_at(ban, "source"), show_at(ban, "jail"), show_time(at(ban, "since")),
                    show_time(at(ban, "until")), show_at(ban, "strikes")});
  }
  std::string text = bans.empty() ? "nobody is banned\n" : render_table(rows);

  std::vector<std::vector<std::string>> jails{
      {"JAIL", "LINES", "OFFENCES", "HARMLESS", "UNKNOWN", "BANS", "THRESHOLD", "WINDOW", "TIME"}};
  for (const auto& jail : list_at(answer, "jails")) {
    jails.push_back({show_at(jail, "name"), show_at(jail, "lines"), show_at(jail, "hits"),
                     show_at(jail, "harmless"), show_at(jail, "unknown"), show_at(jail, "bans"),
                     show_at(jail, "threshold"), show_at(jail, "window"), show_at(jail, "time")});
  }
  if (jails.size() > 1) text += "\n" + render_table(jails);

  return text + render_spared(answer);
}

std::string render_scan(const value& answer) {
  std::vector<std::vector<std::string>> rows{
      {"SOURCE", "JAIL", "TIME", "STRIKE", "OFFENCES", "WEIGHT", "FIRST", "BANNED"}};
  for (const auto& ban : list_at(answer, "bans")) {
    rows.push_back({show_at(ban, "source"), show_at(ban, "jail"), show_at(ban, "time"),
                    show_at(ban, "strikes"), show_at(ban, "offences"), show_at(ban, "weight"),
                    show_time(at(ban, "first")), show_time(at(ban, "since"))});
  }
  const auto bans = rows.size() - 1;
  std::string text = bans > 0 ? render_table(rows) : "";
  text += render_spared(answer);
  if (!text.empty()) text += "\n";
  return text + std::format("lines: {}, offences: {} ({} without a time), sources: {}, bans: {}\n",
                            show_at(answer, "lines"), show_at(answer, "offences"),
                            show_at(answer, "untimed"), show_at(answer, "sources"), bans);
}

std::string render_ban(const value& answer) {
  const auto& ban = at(answer, "ban");
  return std::format("{} (jail {}, until {})\n", show_at(ban, "source"), show_at(ban, "jail"),
                     show_time(at(ban, "until")));
}

std::string render_ban_story(const value& answer) {
  std::string text = show_at(answer, "verdict");
  if (!at(answer, "reason").is_null()) text += ": " + show_at(answer, "reason");
  const auto& ban = at(answer, "ban");
  if (!ban.is_null()) {
    text += std::format(": {} by jail {}, {} to {}, {}. time", show_at(ban, "source"),
                        show_at(ban, "jail"), show_time(at(ban, "since")),
                        show_time(at(ban, "until")), show_at(ban, "strikes"));
  }
  text += "\n";
  for (const auto& line : list_at(answer, "lines")) text += "  " + show(line) + "\n";
  return text;
}

}  // namespace kgnode::cli
