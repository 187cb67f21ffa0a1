#pragma once
/// What the console is told: why a node is not well, for the one that no other node hears.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/node_status.hpp"

namespace kgnode {

class ConsoleLine {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// What passes by itself while a node starts is told to nobody; without a configuration nothing
  /// does.
  static constexpr std::chrono::seconds kHold{15};

  /// The line to write now; nullopt: none. Each trouble once, and again after another or none.
  std::optional<std::string> next(const PhaseReport& now,
                                  const std::vector<core::ModuleState>& states, Time at);

 private:
  std::string seen_;
  Time since_;
  std::string told_;
};

}  // namespace kgnode
