#pragma once
/// What lines of K3s's log mean, and what to type: the table log_lines.tsv.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::k3s {

/// Ours, not the level that the line has. `fatal`: the process gives up. `error`: blocks the goal.
/// `info`: progress. `ok`: a step is done.
enum class Severity : std::uint8_t { ok, info, warn, error, fatal };
std::string_view to_string(Severity severity);

struct Rule {
  std::string id;
  Severity severity = Severity::info;
  std::string pattern;
  std::string meaning;
  std::string remedy;  // empty: nothing is to be done
};

Result<std::vector<Rule>> parse_rules(std::string_view table);
/// The table in the binary.
const std::vector<Rule>& rules();

}  // namespace kgnode::k3s
