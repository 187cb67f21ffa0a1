#pragma once
/// What the dashboard shows, from the agent's answers; pure. Nothing in it steers a terminal, and
/// an answer of another shape reads as absent.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

namespace kgnode::dashboard {

/// null: it did not come.
struct Answers {
  boost::json::value status;
  boost::json::value cluster;
  boost::json::value k3s;
  boost::json::value figures;
  boost::json::value log;
  std::string silence;  // why one did not come
};

struct Phase {
  std::string name;
  std::optional<double> seconds;  // after the start; nullopt: not reached
  bool operator==(const Phase&) const = default;
};

struct Domain {
  std::string name;
  std::string condition;
  std::string heals;
  std::string trouble;  // its error or first finding
};

struct Node {
  std::string name;
  std::string role;
  std::string address;
  std::string state;
  std::string phase;
  std::string version;
  std::string heard;
  std::string round_trip;
  std::string loss;
  std::string why;
};

/// One value a minute, the newest last; nullopt: nobody looked.
using Series = std::vector<std::optional<double>>;

struct Gauge {
  std::string name;
  std::optional<double> share;  // in use
  std::string text;             // "12.1 of 40.0 GiB"
};

struct Ban {
  std::string source;
  std::string jail;
  std::string since;
  std::string until;
  std::string strikes;
};

struct Jail {
  std::string name;
  std::string lines;
  std::string hits;
  std::string bans;
};

struct LogLine {
  std::string time;
  std::string actor;
  std::string what;
  std::string outcome;
};

struct Model {
  std::string silence;  // why the agent does not answer; empty: it does
  std::string name, role, environment, version;
  std::string phase, reason;
  std::string pending;  // a change that waits for its confirmation
  std::vector<Phase> phases;
  std::vector<Domain> domains;
  std::vector<Node> nodes;  // this one first, then those in trouble
  std::string beacons;      // why there are none
  std::string bans_in_force, bans_listed, bans_since_start;
  std::vector<Ban> bans;
  std::vector<Jail> jails;
  Series bans_each_minute;
  Series drops_each_minute;
  std::vector<std::pair<std::string, std::string>> drops;  // by rule
  std::vector<Gauge> gauges;                               // disks, memory, processors
  std::string load, watts;
  std::string k3s_stage, k3s_version, k3s_why, k3s_remedy;
  std::vector<LogLine> log;  // oldest first
};

Model make_model(const Answers& answers);

/// "12.1 GiB"; three digits matter.
std::string show_bytes(double bytes);

}  // namespace kgnode::dashboard
