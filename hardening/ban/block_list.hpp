#pragma once
/// Lists of addresses and networks to keep out, as files have them. Pure.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"
#include "hardening/ban/never.hpp"

namespace kgnode::hardening::ban {

/// One entry a line; what follows a blank, '#' or ';' is a comment. Entries that would keep out
/// more than a /8 (IPv4) or a /16 (IPv6) are taken for a mistake.
struct BlockList {
  static constexpr std::size_t kLimit = 1'000'000;  // entries

  std::vector<Prefix> networks;       // sorted, none inside another
  std::vector<std::string> problems;  // "line 7: "10.0.0.1/24" is ...", the first kProblems of them
  std::size_t refused = 0;            // lines that were no entry
  static constexpr std::size_t kProblems = 5;
};

BlockList parse_block_list(std::string_view text);

/// Without what would hit somebody who is never banned; the names of those are added to `spared`.
std::vector<Prefix> without(std::vector<Prefix> networks, const std::vector<Never>& never,
                            std::vector<std::string>& spared);

}  // namespace kgnode::hardening::ban
