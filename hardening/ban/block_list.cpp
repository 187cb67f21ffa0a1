/// Lists of addresses and networks to keep out.
#include "hardening/ban/block_list.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::hardening::ban {
namespace {

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view without_comment(std::string_view line) {
  line = trim(line);
  return line.substr(0, std::min(line.find_first_of(" \t\r#;"), line.size()));
}

std::string why_not(std::string_view entry, const std::optional<Prefix>& network) {
  if (!network) return std::format("{} is no address or network", quote(entry.substr(0, 60)));
  return std::format("{} would keep out too much", to_string(*network));
}

bool is_too_wide(const Prefix& network) {
  return network.length < (network.network.family == Family::ipv4 ? 8 : 16);
}

}  // namespace

BlockList parse_block_list(std::string_view text) {
  BlockList list;
  std::vector<Prefix> networks;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto entry = without_comment(next_line(text));
    if (entry.empty()) continue;
    const auto network = parse_prefix(entry);
    if (network && !is_too_wide(*network) && networks.size() < BlockList::kLimit) {
      networks.push_back(*network);
      continue;
    }
    ++list.refused;
    if (list.problems.size() < BlockList::kProblems) {
      list.problems.push_back(std::format("line {}: {}", number,
                                          networks.size() == BlockList::kLimit
                                              ? std::string("the list is full")
                                              : why_not(entry, network)));
    }
  }
  list.networks = merge_prefixes(std::move(networks));
  return list;
}

std::vector<Prefix> without(std::vector<Prefix> networks, const std::vector<Never>& never,
                            std::vector<std::string>& spared) {
  std::erase_if(networks, [&never, &spared](const Prefix& network) {
    const auto* found = find_never(never, network);
    if (found == nullptr) return false;
    spared.push_back(std::format("{}: {}", to_string(network), found->reason));
    return true;
  });
  return networks;
}

}  // namespace kgnode::hardening::ban
