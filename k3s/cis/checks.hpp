#pragma once
/// What the CIS benchmark for K3s asks of one node, as data. Part of the binary.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::k3s {

enum class CisKind : std::uint8_t { mode, owner, argument };

struct CisCheck {
  std::string id;            // of the benchmark: "1.1.9"
  bool servers_only = true;  // or every node
  CisKind kind = CisKind::mode;
  /// A path, whose last part may have one "*"; or "PROGRAM ARGUMENT[,ARGUMENT]", where each may be
  /// "FLAG|SETTING": the setting counts where the flag is not given.
  std::string subject;
  std::string expected;  // "600", "root:root", or a verb of accepts_argument with its words
  std::string title;
  std::string remedy;
  std::string deviation;  // why nodes do not do so, or empty
};

std::string_view cis_table();
Result<std::vector<CisCheck>> parse_checks(std::string_view table);
const std::vector<CisCheck>& cis_checks();

}  // namespace kgnode::k3s
