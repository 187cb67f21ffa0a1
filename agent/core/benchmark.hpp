#pragma once
/// How the node stands against the rules of one auditor: what the domains say of each, in the
/// auditor's order and by its ids.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/check.hpp"

namespace kgnode::core {

/// CIS Debian 13, ANSSI BP-028, CIS K3s.
enum class Profile : std::uint8_t { cis, anssi, k3s_cis };
inline constexpr std::array<std::string_view, 3> kProfiles{"cis", "anssi", "k3s-cis"};
std::optional<Profile> parse_profile(std::string_view name);
std::string_view to_string(Profile profile);
std::string_view title_of(Profile profile);

struct BenchmarkItem {
  std::string rule;  // the auditor's id: "6.2.3.18", "R73"; "-" for what could not be judged at all
  std::string id;    // ours
  std::string title;
  Outcome outcome = Outcome::unknown;
  std::string evidence;
  std::string remedy;
  std::string reason;  // why the node does otherwise; empty: it is a failure to be mended
  bool operator==(const BenchmarkItem&) const = default;
};

/// Of domains that were looked at and not changed.
std::vector<BenchmarkItem> make_benchmark(Profile profile, std::span<const Condition> conditions);

}  // namespace kgnode::core
