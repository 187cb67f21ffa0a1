#pragma once
/// From what one look says to what is told: a change must hold for a while, both ways.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/module.hpp"

namespace kgnode::health {

enum class Severity : std::uint8_t { warning, critical };
std::string_view to_string(Severity severity);

/// What one look says of one check.
struct Verdict {
  std::string id;
  core::FindingKind kind = core::FindingKind::unknown;
  Severity severity = Severity::warning;
  std::string evidence;
  std::string remedy;                   // of a pass: none
  std::chrono::seconds before_told{0};  // a gap must last for that long
  std::chrono::seconds before_over{0};  // and a pass after it
  std::string depends_on;               // told only when that check passes
  bool operator==(const Verdict&) const = default;
};

/// A check as it is told. Unknown is told at once: nobody may take it for a pass meanwhile.
struct Told {
  core::Finding finding;
  Severity severity = Severity::warning;
  bool operator==(const Told&) const = default;
};

class Tracker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Of all checks of this look, in their order; forgets those that are not among them.
  std::vector<Told> settle(const std::vector<Verdict>& verdicts, Time now);

 private:
  struct State {
    core::FindingKind told = core::FindingKind::unknown;
    core::FindingKind seen = core::FindingKind::unknown;
    Time since;  // `seen` is so
    std::string evidence;
    std::string remedy;
    Severity severity = Severity::warning;
  };

  void follow(const Verdict& verdict, Time now);
  bool is_passing(std::string_view id) const;

  std::map<std::string, State, std::less<>> states_;
};

}  // namespace kgnode::health
