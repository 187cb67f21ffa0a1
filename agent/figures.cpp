/// What the dashboard and the web page show besides the status.
#include "agent/figures.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace kgnode {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownDrops = 8;
constexpr std::ptrdiff_t kShownChanges = 300;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::array list_spaces(const health::Readings& readings) {
  json::array spaces;
  for (const auto& [mount, space] : readings.spaces) {
    // An image is full by nature.
    if (!space || !*space || (*space)->sealed || (*space)->broken) continue;
    spaces.push_back({{"mount", mount},
                      {"total", (*space)->total},
                      {"free", (*space)->free},
                      {"inodes", (*space)->inodes},
                      {"free_inodes", (*space)->free_inodes}});
  }
  return spaces;
}

json::value show_interface(const health::Readings& readings) {
  if (!readings.interface || !*readings.interface) return nullptr;
  const auto& seen = **readings.interface;
  return {{"name", seen.name},
          {"up", seen.up && seen.carrier},
          {"packets", seen.traffic.packets},
          {"errors", seen.traffic.errors}};
}

json::value show_energy(const health::Energy& energy) {
  if (energy.source == health::EnergySource::none) return nullptr;
  return {{"source", to_string(energy.source)},
          {"joules", energy.joules},
          {"watts", energy.watts},
          {"grams", or_null(energy.grams)}};
}

}  // namespace

json::object to_json(const hardening::ban::Ban& ban) {
  return {{"source", to_string(ban.source)},
          {"jail", ban.jail},
          {"since", to_rfc3339(ban.since)},
          {"until", to_rfc3339(ban.until)},
          {"strikes", ban.strikes}};
}

json::object make_readings_json(const health::Readings& readings, const health::Energy& energy) {
  json::object shown{{"at", to_rfc3339(readings.wall)}, {"spaces", list_spaces(readings)}};
  shown["memory"] = readings.memory ? json::value{{"total", readings.memory->total},
                                                  {"available", readings.memory->available}}
                                    : json::value(nullptr);
  shown["load"] = readings.load ? json::value{{"one", readings.load->one},
                                              {"five", readings.load->five},
                                              {"fifteen", readings.load->fifteen}}
                                : json::value(nullptr);
  shown["processors"] =
      readings.processors ? json::value(readings.processors->processors) : json::value(nullptr);
  shown["interface"] = show_interface(readings);
  shown["energy"] = show_energy(energy);
  return shown;
}

json::object make_history_json(const History& history, std::chrono::hours hours,
                               const Clock& clock) {
  const auto now = clock.monotonic();
  const auto wall = clock.wall();
  const auto minutes = std::chrono::minutes(hours);
  const auto count = static_cast<std::int64_t>(kBuckets);
  const std::chrono::minutes each((minutes.count() + count - 1) / count);
  const auto to_wall = [now, wall](History::Mono time) {
    return to_rfc3339(wall - std::chrono::duration_cast<std::chrono::seconds>(now - time));
  };
  json::array buckets;
  for (const auto& bucket : history.buckets(each, static_cast<std::size_t>(minutes / each), now)) {
    const auto counted = [&bucket](std::uint64_t number) {
      return bucket.known ? json::value(number) : json::value(nullptr);
    };
    buckets.push_back({{"begin", to_wall(bucket.begin)},
                       {"bans", counted(bucket.bans)},
                       {"dropped", counted(bucket.dropped)},
                       {"processor", or_null(bucket.processor)},
                       {"memory", or_null(bucket.memory)}});
  }
  json::array changes;
  const auto& all = history.changes();
  const auto first = std::ranges::find_if(
      all, [now, hours](const History::Change& change) { return now - change.at <= hours; });
  for (auto change =
           std::max(first, all.end() - std::min<std::ptrdiff_t>(std::ssize(all), kShownChanges));
       change != all.end(); ++change)
    changes.push_back({{"time", to_wall(change->at)},
                       {"name", text_or_null(change->node.name)},
                       {"address", to_string(change->address)},
                       {"state_before", text_or_null(change->was.state)},
                       {"phase_before", text_or_null(change->was.phase)},
                       {"state", change->node.state},
                       {"phase", text_or_null(change->node.phase)},
                       {"why", text_or_null(change->why)}});
  return {{"minutes_each", each.count()},
          {"buckets", std::move(buckets)},
          {"changes", std::move(changes)}};
}

void Figures::look() {
  History::Look look{.bans = parts_.book.begun()};
  drops_.clear();
  if (auto drops = parts_.nftables.count_drops("kgnode")) {
    drops_ = *std::move(drops);
    look.dropped = std::accumulate(
        drops_.begin(), drops_.end(), std::uint64_t{0},
        [](std::uint64_t sum, const sys::DropCount& drop) { return sum + drop.packets; });
  }
  if (const auto& readings = parts_.health.readings()) {
    if (readings->processors) look.processors = *readings->processors;
    if (readings->memory) look.memory = *readings->memory;
  }
  history_.note(look, parts_.clock.monotonic());
  look_at_nodes();
}

void Figures::look_at_nodes() {
  const auto now = parts_.clock.monotonic();
  if (const auto own = parts_.own()) {
    history_.note_node(own->first, {own->second.name, "self", own->second.phase},
                       own->second.reason, now);
  }
  for (const auto& seen : parts_.peers.seen(now)) {
    History::NodeState state{seen.report->name, std::string(to_string(seen.state)),
                             seen.report->phase};
    if (!history_.is_news(seen.address, state)) continue;
    const auto peer = parts_.peers.find(seen.address, now);
    history_.note_node(seen.address, std::move(state), peer ? why_of(*peer) : "", now);
  }
}

json::object Figures::show(std::chrono::hours hours) const {
  json::object shown;
  const auto& readings = parts_.health.readings();
  shown["readings"] = readings ? json::value(make_readings_json(*readings, parts_.health.energy()))
                               : json::value(nullptr);
  json::array bans;
  for (const auto& ban : parts_.book.recent()) {
    if (bans.size() == kRecentBans) break;
    bans.push_back(to_json(ban));
  }
  shown["bans"] = std::move(bans);
  auto drops = drops_;
  std::ranges::stable_sort(drops, std::ranges::greater{}, &sys::DropCount::packets);
  json::array rules;
  for (const auto& drop : drops) {
    if (rules.size() == kShownDrops || drop.packets == 0) break;
    rules.push_back({{"rule", drop.rule}, {"packets", drop.packets}});
  }
  shown["drops"] = std::move(rules);
  shown["history"] = make_history_json(history_, hours, parts_.clock);
  return shown;
}

}  // namespace kgnode
