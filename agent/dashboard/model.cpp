/// What the dashboard shows, from the agent's answers.
#include "agent/dashboard/model.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/cli/paint.hpp"

namespace kgnode::dashboard {
namespace {

using boost::json::value;
using cli::at, cli::list_at, cli::show, cli::show_at, cli::show_time;

constexpr std::array<std::string_view, 5> kPhases = {"booting", "hardened", "storage-ready",
                                                     "joining", "ready"};

std::optional<double> number_at(const value& from, std::string_view key) {
  const auto& found = at(from, key);
  return found.is_number() ? std::optional(found.to_number<double>()) : std::nullopt;
}

/// Empty for what is absent.
std::string text_at(const value& from, std::string_view key) {
  const auto& found = at(from, key);
  return found.is_null() ? std::string() : show(found);
}

/// "12:34:56" of today's lines is enough; the day is in the log itself.
std::string clock_of(const value& time) {
  const auto text = show_time(time);
  constexpr std::size_t kDay = 11;
  constexpr std::size_t kClock = 8;
  return text.size() > kDay + kClock ? text.substr(kDay, kClock) : text;
}

std::vector<Phase> make_phases(const value& status) {
  std::vector<Phase> phases;
  for (const auto name : kPhases) {
    Phase phase{.name = std::string(name), .seconds = std::nullopt};
    for (const auto& reached : list_at(status, "phases")) {
      if (show_at(reached, "name") == name) phase.seconds = number_at(reached, "seconds");
    }
    phases.push_back(std::move(phase));
  }
  return phases;
}

std::string trouble_of(const value& domain) {
  if (!at(domain, "error").is_null()) return show_at(domain, "error");
  const auto findings = list_at(domain, "findings");
  if (findings.empty()) return {};
  const auto more = findings.size() - 1;
  const auto rest = more > 0 ? std::format(" (and {} more)", more) : std::string();
  return show_at(findings.front(), "text") + rest;
}

void add_status(Model& model, const value& status) {
  const auto& node = at(status, "node");
  model.name = text_at(node, "name");
  model.role = text_at(node, "role");
  model.environment = text_at(node, "environment");
  model.version = text_at(node, "version");
  model.phase = text_at(status, "phase");
  model.reason = text_at(status, "reason");
  model.phases = make_phases(status);
  if (const auto& pending = at(status, "pending"); !pending.is_null())
    model.pending = std::format("a change goes back in {} s: kgnode confirm keeps it",
                                show_at(pending, "seconds_left"));
  for (const auto& domain : list_at(status, "domains"))
    model.domains.push_back({.name = show_at(domain, "name"),
                             .condition = show_at(domain, "phase"),
                             .heals = show_at(domain, "heals"),
                             .trouble = trouble_of(domain)});
  const auto& bans = at(status, "bans");
  const auto& in_force = at(bans, "in_force");
  const auto four = number_at(in_force, "ipv4");
  const auto six = number_at(in_force, "ipv6");
  model.bans_in_force = four && six ? std::format("{:.0f}", *four + *six) : "-";
  model.bans_listed = show_at(in_force, "listed");
  model.bans_since_start = show_at(bans, "since_start");
  for (const auto& jail : list_at(bans, "jails"))
    model.jails.push_back({show_at(jail, "name"), show_at(jail, "lines"), show_at(jail, "hits"),
                           show_at(jail, "bans")});
}

int rank_of(const Node& node) {
  const auto state = cli::tone_of(node.state);
  switch (state == cli::Tone::good ? cli::tone_of(node.phase) : state) {
    case cli::Tone::bad:
      return 0;
    case cli::Tone::warning:
      return 1;
    case cli::Tone::good:
      return 3;
    default:
      return 2;
  }
}

void add_nodes(Model& model, const value& cluster) {
  constexpr double kThousand = 1000;
  for (const auto& node : list_at(cluster, "nodes")) {
    const auto round_trip = number_at(node, "round_trip_microseconds");
    const auto loss = number_at(node, "loss");
    const auto silent = number_at(node, "silent_seconds");
    const auto name = text_at(node, "name");
    model.nodes.push_back(
        {.name = name.empty() ? show_at(node, "address") : name,
         .role = show_at(node, "role"),
         .address = show_at(node, "address"),
         .state = show_at(node, "state"),
         .phase = show_at(node, "phase"),
         .version = show_at(node, "version"),
         .heard = silent ? std::format("{:.0f} s", *silent) : "-",
         .round_trip = round_trip ? std::format("{:.1f} ms", *round_trip / kThousand) : "-",
         .loss = loss ? std::format("{:.0f} %", *loss * 100) : "-",
         .why = text_at(node, "why")});
  }
  // A small screen shows the first few: this node, then those that are worst off.
  if (!model.nodes.empty())
    std::ranges::stable_sort(model.nodes.begin() + 1, model.nodes.end(), {}, rank_of);
  model.beacons = text_at(cluster, "trouble");
}

std::optional<double> share_used(std::optional<double> total, std::optional<double> free) {
  if (!total || !free || *total <= 0) return std::nullopt;
  return std::clamp(1 - *free / *total, 0.0, 1.0);
}

Gauge make_gauge(std::string name, std::optional<double> total, std::optional<double> free) {
  Gauge gauge{.name = std::move(name), .share = share_used(total, free), .text = "-"};
  if (gauge.share)
    gauge.text = std::format("{} of {}", show_bytes(*total - *free), show_bytes(*total));
  return gauge;
}

Series series_of(const value& history, std::string_view key, double factor = 1) {
  Series series;
  for (const auto& bucket : list_at(history, "buckets")) {
    const auto number = number_at(bucket, key);
    series.push_back(number ? std::optional(*number * factor) : std::nullopt);
  }
  return series;
}

void add_machine(Model& model, const value& figures) {
  const auto& readings = at(figures, "readings");
  for (const auto& space : list_at(readings, "spaces"))
    model.gauges.push_back(
        make_gauge(show_at(space, "mount"), number_at(space, "total"), number_at(space, "free")));
  const auto& memory = at(readings, "memory");
  model.gauges.push_back(
      make_gauge("memory", number_at(memory, "total"), number_at(memory, "available")));
  Gauge processors{.name = "processors", .share = std::nullopt, .text = "-"};
  for (const auto& share : series_of(at(figures, "history"), "processor")) {
    if (share) processors.share = std::clamp(*share, 0.0, 1.0);
  }
  if (processors.share)
    processors.text =
        std::format("{:.0f} % of {}", *processors.share * 100, show_at(readings, "processors"));
  model.gauges.push_back(std::move(processors));
  if (const auto load = number_at(at(readings, "load"), "one"))
    model.load = std::format("{:.2f}", *load);
  const auto& energy = at(readings, "energy");
  if (const auto watts = number_at(energy, "watts")) {
    const bool measured = show_at(energy, "source") == "meter";
    model.watts = std::format("{}{:.1f} W", measured ? "" : "~", *watts);
  }
}

void add_figures(Model& model, const value& figures) {
  const auto& history = at(figures, "history");
  const auto each = number_at(history, "minutes_each").value_or(1);
  const auto factor = each > 0 ? 1 / each : 1;
  model.bans_each_minute = series_of(history, "bans", factor);
  model.drops_each_minute = series_of(history, "dropped", factor);
  for (const auto& drop : list_at(figures, "drops"))
    model.drops.emplace_back(show_at(drop, "rule"), show_at(drop, "packets"));
  for (const auto& ban : list_at(figures, "bans"))
    model.bans.push_back({show_at(ban, "source"), show_at(ban, "jail"), show_time(at(ban, "since")),
                          show_time(at(ban, "until")), show_at(ban, "strikes")});
  add_machine(model, figures);
}

void add_k3s(Model& model, const value& k3s) {
  model.k3s_stage = text_at(k3s, "stage");
  model.k3s_why = text_at(k3s, "why");
  model.k3s_remedy = text_at(k3s, "remedy");
  model.k3s_version = text_at(at(k3s, "node"), "version");
}

std::string actor_of(const value& actor) {
  if (show_at(actor, "kind") == "agent") return "agent";
  const auto name = text_at(actor, "name");
  return name.empty() ? "uid " + show_at(actor, "uid") : name;
}

void add_log(Model& model, const value& log) {
  for (const auto& entry : list_at(log, "entries")) {
    const auto domain = text_at(entry, "domain");
    auto what = domain.empty() ? show_at(entry, "text") : domain + ": " + show_at(entry, "text");
    if (const auto error = text_at(entry, "error"); !error.empty()) what += " (" + error + ")";
    model.log.push_back({.time = clock_of(at(entry, "time")),
                         .actor = actor_of(at(entry, "actor")),
                         .what = std::move(what),
                         .outcome = show_at(entry, "outcome")});
  }
}

}  // namespace

std::string show_bytes(double bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  constexpr double kStep = 1024;
  std::size_t unit = 0;
  while (bytes >= kStep && unit + 1 < kUnits.size()) {
    bytes /= kStep;
    ++unit;
  }
  const int digits = unit == 0 || bytes >= 100 ? 0 : 1;
  return std::format("{:.{}f} {}", bytes, digits, kUnits.at(unit));
}

Model make_model(const Answers& answers) {
  Model model;
  model.silence = printable(answers.silence);
  add_status(model, answers.status);
  add_nodes(model, answers.cluster);
  add_figures(model, answers.figures);
  add_k3s(model, answers.k3s);
  add_log(model, answers.log);
  return model;
}

}  // namespace kgnode::dashboard
