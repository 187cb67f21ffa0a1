/// Names and shapes of the sets that hold bans.
#include "hardening/ban_sets.hpp"

#include <format>

namespace kgnode::hardening {
namespace {

char digit(Family family) { return family == Family::ipv4 ? '4' : '6'; }

BanSet addresses(Family family) { return {std::format("ban{}", digit(family)), family}; }
BanSet sources(Family family, std::uint8_t bits) {
  return {std::format("ban{}_{}", digit(family), bits), family, bits};
}
BanSet networks(Family family) {
  return {.name = network_set(family), .family = family, .interval = true};
}

}  // namespace

std::vector<BanSet> make_ban_sets(SourceBits bits) {
  std::vector<BanSet> sets;
  for (const auto family : {Family::ipv4, Family::ipv6}) {
    sets.push_back(addresses(family));
    if (bits.of(family) < Address{.family = family}.bits())
      sets.push_back(sources(family, bits.of(family)));
    sets.push_back(networks(family));
    sets.push_back({listed_set(family), family});
  }
  return sets;
}

BanSet find_ban_set(const Prefix& source, SourceBits bits) {
  const auto family = source.network.family;
  if (source.length == source.network.bits()) return addresses(family);
  return source.length == bits.of(family) ? sources(family, source.length) : networks(family);
}

std::string network_set(Family family) { return std::format("bannet{}", digit(family)); }
std::string listed_set(Family family) { return std::format("block{}", digit(family)); }

}  // namespace kgnode::hardening
