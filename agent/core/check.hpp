#pragma once
/// What the doctor says of a node: one line for each thing that was looked at.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/reconcile.hpp"

namespace kgnode::core {

enum class Outcome : std::uint8_t { pass, fail, unknown, not_applicable };

struct Check {
  std::string id;  // "longhorn.iscsid", stable: people grep for it
  Outcome outcome = Outcome::unknown;
  std::string evidence;
  std::string remedy;  // empty with a pass, and where nothing is to be done
  bool operator==(const Check&) const = default;
};

std::string_view to_string(Outcome outcome);
Outcome outcome_of(FindingKind kind);

/// Of a domain that was looked at and not changed: is it as configured, then what it found.
std::vector<Check> make_checks(const Condition& condition);

}  // namespace kgnode::core
