/// What sshd prints and what it reads.
#include "hardening/ssh/parse_sshd.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode::hardening {

SshdOptions parse_sshd_options(std::string_view text) {
  SshdOptions options;
  for (const auto line : split(text, '\n')) {
    const auto bare = trim(line);
    if (bare.empty()) continue;
    const auto blank = std::min(bare.find_first_of(" \t"), bare.size());
    options[to_lower(bare.substr(0, blank))].emplace_back(trim(bare.substr(blank)));
  }
  return options;
}

std::vector<std::pair<std::string, std::string>> parse_sshd_config(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> directives;
  for (const auto line : split(text, '\n')) {
    const auto bare = trim(line);
    if (bare.empty() || bare.starts_with('#')) continue;
    const auto end = std::min(bare.find_first_of(" \t="), bare.size());
    auto value = trim(bare.substr(end));
    if (value.starts_with('=')) value = trim(value.substr(1));
    directives.emplace_back(to_lower(bare.substr(0, end)), std::string(value));
  }
  return directives;
}

}  // namespace kgnode::hardening
