#pragma once
/// What /metrics says: values of the agent's parts as one text; pure.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/reconciler.hpp"
#include "agent/health/energy.hpp"
#include "agent/health/exposition.hpp"
#include "agent/health/readings.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/ban/book.hpp"

namespace kgnode {

struct Metrics {
  struct Jail {
    std::string name;
    std::uint64_t lines = 0;
    std::uint64_t hits = 0;
    std::uint64_t bans = 0;
  };
  /// Of the agent's own process.
  struct Process {
    std::uint64_t resident = 0;  // bytes
    std::chrono::milliseconds processor{0};
    std::chrono::system_clock::time_point started;
  };

  std::string version;
  std::string phase;
  std::vector<core::ModuleState> domains;
  std::optional<health::Readings> readings;
  health::Energy energy;
  hardening::ban::Book::Counts bans;
  std::size_t listed = 0;
  std::uint64_t bans_begun = 0;
  std::vector<Jail> jails;
  std::string k3s_stage;
  std::optional<std::chrono::system_clock::time_point> snapshot;     // the newest that is proven
  std::optional<std::chrono::system_clock::time_point> certificate;  // the first that ends
  std::string image;                                                 // its version; empty: none
  std::optional<Process> process;
  std::vector<sys::DropCount> drops;  // by rule of the firewall
};

std::string render_metrics(const Metrics& metrics, health::Format format);

}  // namespace kgnode
