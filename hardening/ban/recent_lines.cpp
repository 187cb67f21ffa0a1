/// The last offending lines.
#include "hardening/ban/recent_lines.hpp"

#include <algorithm>
#include <ranges>

namespace kgnode::hardening::ban {

void RecentLines::add(const Address& from, std::string_view line) {
  if (lines_.size() == kLines) lines_.pop_front();
  lines_.push_back({.from = from, .text = std::string(line.substr(0, kLineBytes))});
}

std::vector<std::string> RecentLines::of(const Prefix& source) const {
  std::vector<std::string> found;
  for (const auto& line : lines_ | std::views::reverse) {
    if (!source.contains(line.from)) continue;
    found.push_back(line.text);
    if (found.size() == kEvidence) break;
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace kgnode::hardening::ban
