/// The panels of the dashboard.
#include <algorithm>
#include <array>
#include <format>
#include <numeric>
#include <utility>

#include "agent/dashboard/view.hpp"

namespace kgnode::dashboard {

using namespace ftxui;  // NOLINT(google-build-using-namespace): its vocabulary is made for it
using cli::Tone, cli::tone_of;

namespace {

std::size_t columns_in(Area area) { return area.width < 4 ? 0 : area.width - 4; }
std::size_t rows_in(Area area) { return area.height < 2 ? 0 : area.height - 2; }

std::size_t minus(std::size_t from, std::size_t what) { return from - std::min(from, what); }

std::size_t count_state(const Model& model, std::string_view state) {
  return static_cast<std::size_t>(std::ranges::count(model.nodes, state, &Node::state));
}

/// What a node is worst at decides its colour.
Tone tone_of_node(const Node& node) {
  const auto state = tone_of(node.state);
  return state == Tone::good ? tone_of(node.phase) : state;
}

struct Columns {
  std::size_t name, role, address, state, phase, heard, round_trip, loss, why;
};

/// With less room the columns go that tell least.
Columns columns_for(std::size_t width) {
  Columns columns{.name = 14,
                  .role = 0,
                  .address = 0,
                  .state = 8,
                  .phase = 13,
                  .heard = 0,
                  .round_trip = 8,
                  .loss = 5,
                  .why = 0};
  if (width >= 120) columns.role = 13;
  if (width >= 110) columns.address = 15;
  if (width >= 120) columns.heard = 6;
  if (width >= 140) columns.name = 20;
  std::size_t used = 2;  // the mark
  for (const auto column : {columns.name, columns.role, columns.address, columns.state,
                            columns.phase, columns.heard, columns.round_trip, columns.loss})
    used += column == 0 ? 0 : column + 1;
  columns.why = minus(width, used);
  return columns;
}

Element node_row(const Node& node, const Columns& columns, const Look& look) {
  const auto tone = tone_of_node(node);
  std::vector<Cell> cells = {{.text = node.state == "STATE" ? " " : "■", .width = 1, .tone = tone},
                             {.text = node.name, .width = columns.name, .tone = Tone::plain}};
  const auto add = [&cells](const std::string& text, std::size_t width, Tone tone_of_it,
                            bool right = false) {
    if (width > 0) cells.push_back({text, width, tone_of_it, right});
  };
  add(node.role, columns.role, Tone::plain);
  add(node.address, columns.address, Tone::plain);
  add(node.state, columns.state, tone_of(node.state));
  add(node.phase, columns.phase, tone_of(node.phase));
  add(node.heard, columns.heard, Tone::plain, true);
  add(node.round_trip, columns.round_trip, Tone::plain, true);
  add(node.loss, columns.loss, Tone::plain, true);
  // A node that is ready can still have something to tell.
  add(node.why, columns.why, tone == Tone::good ? Tone::warning : tone);
  return row(cells, look);
}

Element node_titles(const Columns& columns, const Look& look) {
  return node_row({.name = "NODE",
                   .role = "ROLE",
                   .address = "ADDRESS",
                   .state = "STATE",
                   .phase = "PHASE",
                   .version = {},
                   .heard = "HEARD",
                   .round_trip = "RTT",
                   .loss = "LOSS",
                   .why = "WHY"},
                  columns, look) |
         dim;
}

/// The first line to show so that the selected one is among `rows`.
std::size_t first_shown(std::size_t selected, std::size_t count, std::size_t rows) {
  if (count <= rows || selected < rows / 2) return 0;
  return std::min(selected - rows / 2, count - rows);
}

double last_minute(const Series& series) {
  // The newest minute is not over: the one before it is whole.
  for (auto value = series.rbegin(); value != series.rend(); ++value) {
    if (value != series.rbegin() && *value) return **value;
  }
  return 0;
}

std::string peak_of(const Series& series) {
  double peak = 0;
  for (const auto& value : series) peak = std::max(peak, value.value_or(0));
  return std::format("peak {:.0f}", peak);
}

Element lines_of(const std::vector<std::string>& lines, std::size_t rows, Tone tone,
                 const Look& look) {
  Elements all;
  for (std::size_t i = 0; i < std::min(rows, lines.size()); ++i)
    all.push_back(text(lines[i]) | tint(tone, look));
  return vbox(std::move(all));
}

}  // namespace

Element nodes_panel(const Model& model, const Shown& shown, Area area, const Look& look) {
  const auto columns = columns_for(columns_in(area));
  const auto rows = minus(rows_in(area), 1);
  const auto count = model.nodes.size();
  const auto selected = count == 0 ? 0 : std::min(shown.selected, count - 1);
  const auto first = first_shown(selected, count, rows);
  Elements lines = {node_titles(columns, look)};
  for (auto i = first; i < std::min(count, first + rows); ++i) {
    auto line = node_row(model.nodes[i], columns, look);
    lines.push_back(i == selected && shown.tab == Tab::nodes ? std::move(line) | inverted
                                                             : std::move(line));
  }
  if (count == 0) lines.push_back(text("no beacons without a configuration") | dim);
  if (!model.beacons.empty())
    lines.push_back(text(fit(model.beacons, columns_in(area), look)) | tint(Tone::bad, look));
  const auto heard = count_state(model, "alive") + count_state(model, "self");
  auto note = std::format("{} of {}", heard, count);
  for (const auto* state : {"suspect", "gone", "unheard"}) {
    if (const auto number = count_state(model, state); number > 0)
      note += std::format(" · {} {}", number, state);
  }
  return panel({"Nodes", note, area.width, area.height}, vbox(std::move(lines)), look);
}

Element node_details(const Model& model, const Shown& shown, Area area, const Look& look) {
  if (model.nodes.empty()) return panel({"Node", "", area.width, area.height}, text(""), look);
  const auto& node = model.nodes[std::min(shown.selected, model.nodes.size() - 1)];
  const auto about = std::format("{} · {} · kgnode {} · heard {} ago", node.role, node.address,
                                 node.version, node.heard);
  const auto why =
      node.why.empty() ? std::string("all is well with it, and with the way to it") : node.why;
  return panel({node.name, node.state + " · " + node.phase, area.width, area.height},
               vbox({text(fit(about, columns_in(area), look)) | dim,
                     lines_of(wrap(why, columns_in(area)), minus(rows_in(area), 1),
                              tone_of_node(node), look)}),
               look);
}

Element bans_panel(const Model& model, Area area, const Look& look) {
  const auto width = columns_in(area);
  auto about = std::format("{} in force", model.bans_in_force.empty() ? "-" : model.bans_in_force);
  if (width >= 40)
    about +=
        std::format(" · {} listed · {} since start", model.bans_listed, model.bans_since_start);
  return panel(
      {"Bans", std::format("{:.0f}/min", last_minute(model.bans_each_minute)), area.width,
       area.height},
      vbox({hbox({text(fit(about, width, look)), filler(),
                  text(width_of(about) + 10 < width ? peak_of(model.bans_each_minute) : "") | dim}),
            chart(model.bans_each_minute, width, minus(rows_in(area), 1), Tone::warning, look)}),
      look);
}

Element drops_panel(const Model& model, Area area, const Look& look) {
  const auto width = columns_in(area);
  const auto most = model.drops.empty() ? std::string("nothing dropped yet")
                                        : "most: " + model.drops.front().first;
  return panel(
      {"Dropped", std::format("{:.0f}/min", last_minute(model.drops_each_minute)), area.width,
       area.height},
      vbox({hbox({text(fit(most, width, look)), filler(),
                  text(width_of(most) + 10 < width ? peak_of(model.drops_each_minute) : "") | dim}),
            chart(model.drops_each_minute, width, minus(rows_in(area), 1), Tone::good, look)}),
      look);
}

Element ban_list(const Model& model, const Shown& shown, Area area, const Look& look) {
  const auto width = columns_in(area);
  // The day where there is room for it.
  const std::size_t since = width >= 64 ? 20 : 8;
  const auto source = std::min<std::size_t>(26, minus(width, 15 + since + 2));
  Elements lines = {row({{"SOURCE", source}, {"JAIL", 15}, {"SINCE", since}}, look) | dim};
  const auto rows = minus(rows_in(area), 1);
  for (auto i = std::min(shown.scroll, model.bans.size());
       i < std::min(model.bans.size(), shown.scroll + rows); ++i) {
    const auto& ban = model.bans[i];
    const auto time = since < 20 && ban.since.size() > 19 ? ban.since.substr(11, 8) : ban.since;
    lines.push_back(row({{ban.source, source}, {ban.jail, 15}, {time, since}}, look));
  }
  if (model.bans.empty()) lines.push_back(text("none began here since the agent started") | dim);
  return panel({"Newest bans", "", area.width, area.height}, vbox(std::move(lines)), look);
}

Element jails_panel(const Model& model, Area area, const Look& look) {
  const auto width = columns_in(area);
  const auto name = std::min<std::size_t>(20, minus(width, 8 + 6 + 2));
  const auto jail = [&look, name](const std::string& jail_name, const std::string& hits,
                                  const std::string& bans) {
    return row({{jail_name, name}, {hits, 8, Tone::plain, true}, {bans, 6, Tone::plain, true}},
               look);
  };
  Elements lines = {jail("JAIL", "OFFENCES", "BANS") | dim};
  for (const auto& one : model.jails) lines.push_back(jail(one.name, one.hits, one.bans));
  lines.push_back(text(""));
  const auto rule = std::min<std::size_t>(24, minus(width, 10 + 1));
  lines.push_back(row({{"DROPPED BY", rule}, {"PACKETS", 10, Tone::plain, true}}, look) | dim);
  for (const auto& [id, packets] : model.drops)
    lines.push_back(row({{id, rule}, {packets, 10, Tone::plain, true}}, look));
  return panel({"Why", "", area.width, area.height}, vbox(std::move(lines)), look);
}

Element machine_panel(const Model& model, Area area, const Look& look) {
  Elements lines;
  const auto width = columns_in(area);
  const auto rows = rows_in(area);
  // Where there is little room, what is fullest matters most.
  std::vector<Gauge> gauges = model.gauges;
  if (gauges.size() > rows)
    std::ranges::stable_sort(gauges, std::ranges::greater{},
                             [](const Gauge& one) { return one.share.value_or(0); });
  for (std::size_t i = 0; i < std::min(rows, gauges.size()); ++i)
    lines.push_back(gauge(gauges[i], width, look));
  std::string note;
  if (!model.load.empty()) note = "load " + model.load;
  if (!model.watts.empty() && columns_in(area) > 40)
    note += (note.empty() ? "" : " · ") + model.watts;
  return panel({"Machine", note, area.width, area.height}, vbox(std::move(lines)), look);
}

Element k3s_panel(const Model& model, Area area, const Look& look) {
  const auto width = columns_in(area);
  const bool ready = model.k3s_stage == "ready";
  const auto stage = model.k3s_stage.empty() ? std::string("-") : model.k3s_stage;
  Elements lines;
  auto rows = rows_in(area);
  if (!model.k3s_version.empty()) {
    lines.push_back(text(fit(model.k3s_version, width, look)) | dim);
    rows = minus(rows, 1);
  }
  std::string why = model.k3s_why;
  if (!model.k3s_remedy.empty()) why += " " + model.k3s_remedy;
  if (why.empty() && stage == "absent") why = "not installed: kgnode k3s install";
  if (why.empty() && ready) why = "the node is ready in its cluster";
  lines.push_back(lines_of(wrap(why, width), rows, ready ? Tone::plain : Tone::warning, look));
  return panel({"K3s", stage, area.width, area.height}, vbox(std::move(lines)), look);
}

Element domains_panel(const Model& model, Area area, const Look& look) {
  const auto width = columns_in(area);
  Elements lines;
  for (const auto& domain : model.domains) {
    const auto tone = tone_of(domain.condition);
    const auto heals = domain.heals == "0" || domain.heals == "-"
                           ? std::string()
                           : std::format("{} healed", domain.heals);
    lines.push_back(row({{"■", 1, tone},
                         {domain.name, 10},
                         {domain.condition, 8, tone},
                         {domain.trouble.empty() ? heals : domain.trouble, minus(width, 22),
                          domain.trouble.empty() ? Tone::faint : Tone::plain}},
                        look));
  }
  return panel({"Domains", "", area.width, area.height}, vbox(std::move(lines)), look);
}

Element log_panel(const Model& model, std::size_t back, Area area, const Look& look) {
  const auto width = columns_in(area);
  const auto rows = rows_in(area);
  const bool roomy = width >= 76;
  const std::size_t actor = roomy ? 10 : 0;
  const auto what = minus(width, 8 + 1 + (roomy ? actor + 1 : 0) + 1 + 8);
  const auto end = minus(model.log.size(), back);
  Elements lines;
  for (auto i = minus(end, rows); i < end; ++i) {
    const auto& line = model.log[i];
    std::vector<Cell> cells = {{line.time, 8, Tone::faint}};
    if (roomy) cells.push_back({line.actor, actor, Tone::faint});
    cells.push_back({line.what, what});
    cells.push_back({line.outcome, 8, tone_of(line.outcome)});
    lines.push_back(row(cells, look));
  }
  if (model.log.empty()) lines.push_back(text("nothing was done yet") | dim);
  return panel({"Log", back > 0 ? std::format("{} lines back", back) : "", area.width, area.height},
               vbox(std::move(lines)), look);
}

}  // namespace kgnode::dashboard
