/// Bans as text for people.
#include <format>
#include <vector>

#include <boost/json.hpp>

#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

std::string render_bans(const value& answer) {
  const auto bans = list_at(answer, "bans");
  std::vector<std::vector<std::string>> rows{{"SOURCE", "JAIL", "SINCE", "UNTIL", "TIMES"}};
  for (const auto& ban : bans) {
    rows.push_back({show_at(ban, "source"), show_at(ban, "jail"), show_time(at(ban, "since")),
                    show_time(at(ban, "until")), show_at(ban, "strikes")});
  }
  std::string text = bans.empty() ? "nobody is banned\n" : render_table(rows);

  std::vector<std::vector<std::string>> jails{
      {"JAIL", "LINES", "OFFENCES", "BANS", "THRESHOLD", "WINDOW", "TIME"}};
  for (const auto& jail : list_at(answer, "jails")) {
    jails.push_back({show_at(jail, "name"), show_at(jail, "lines"), show_at(jail, "hits"),
                     show_at(jail, "bans"), show_at(jail, "threshold"), show_at(jail, "window"),
                     show_at(jail, "time")});
  }
  if (jails.size() > 1) text += "\n" + render_table(jails);

  std::vector<std::vector<std::string>> spared{{"NEVER BANNED", "REASON", "OFFENCES", "LAST"}};
  for (const auto& one : list_at(answer, "spared")) {
    spared.push_back({show_at(one, "address"), show_at(one, "reason"), show_at(one, "hits"),
                      show_time(at(one, "last"))});
  }
  if (spared.size() > 1) text += "\n" + render_table(spared);
  return text;
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
