/// Bans as edits of sets, a few thousand elements at a time.
#include "hardening/ban/kernel_sets.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace kgnode::hardening::ban {
namespace {

using sys::Change;

/// Never longer than it was to last: the clock of a machine that starts may be far behind.
Time end_of(const Ban& ban, Time now) { return std::min(ban.until, now + (ban.until - ban.since)); }

/// Elements by set, sent a batch at a time; `first` goes with the first batch.
class Batches {
 public:
  Batches(sys::Nftables& nftables, Change change, std::size_t limit,
          std::vector<sys::ElementEdit> first = {})
      : nftables_(nftables), change_(change), limit_(limit), edits_(std::move(first)) {}

  Result<> put(const std::string& set, sys::nft::Element element) {
    pending_[set].push_back(std::move(element));
    return ++count_ < limit_ ? Result<>{} : flush();
  }

  Result<> flush() {
    for (auto& [set, elements] : pending_) {
      drop_repeated(elements);
      edits_.push_back({.set = set, .change = change_, .elements = std::move(elements)});
    }
    pending_.clear();
    count_ = 0;
    const auto edits = std::exchange(edits_, {});
    return edits.empty() ? Result<>{} : nftables_.edit(kFirewallTable, edits);
  }

 private:
  /// No element twice in one edit; the last one counts.
  static void drop_repeated(std::vector<sys::nft::Element>& elements) {
    std::ranges::reverse(elements);
    std::ranges::stable_sort(elements, {}, &sys::nft::Element::key);
    const auto rest = std::ranges::unique(elements, {}, &sys::nft::Element::key);
    elements.erase(rest.begin(), rest.end());
  }

  sys::Nftables& nftables_;
  Change change_;
  std::size_t limit_;
  std::vector<sys::ElementEdit> edits_;
  std::map<std::string, std::vector<sys::nft::Element>> pending_;
  std::size_t count_ = 0;
};

Result<> put_all(Batches& batches, std::span<const Prefix> addresses) {
  for (const auto& address : addresses)
    TRY(batches.put(listed_set(address.network.family), {.key = to_key(address.network)}));
  return batches.flush();
}

std::vector<Prefix> missing_from(std::span<const Prefix> all, std::span<const Prefix> some) {
  std::vector<Prefix> missing;
  std::ranges::set_difference(all, some, std::back_inserter(missing));
  return missing;
}

bool is_address(const Prefix& prefix) { return prefix.length == prefix.network.bits(); }

}  // namespace

void KernelSets::split(std::span<const Prefix> listed, std::vector<Prefix>& addresses) {
  listed_networks_.clear();
  networks_changed_ = true;
  for (const auto& entry : listed)
    (is_address(entry) ? addresses : listed_networks_).push_back(entry);
  std::ranges::sort(addresses);
}

Result<> KernelSets::fill(SourceBits bits, std::span<const Ban> bans,
                          std::span<const Prefix> listed, Time now) {
  bits_ = bits;
  networks_.clear();
  listed_.clear();
  written_ = {};
  std::vector<Prefix> addresses;
  split(listed, addresses);
  Batches batches(nftables_, Change::add, kListBatch,
                  {{.set = listed_set(Family::ipv4), .change = Change::clear},
                   {.set = listed_set(Family::ipv6), .change = Change::clear}});
  TRY(put_all(batches, addresses));
  listed_ = std::move(addresses);
  TRY(put_bans(Change::add, bans, now));
  filled_sets_ = TRY(nftables_.inspect(kFirewallTable)).filled_sets;
  return {};
}

Result<bool> KernelSets::are_filled() {
  return TRY(nftables_.inspect(kFirewallTable)).filled_sets == filled_sets_;
}

Result<> KernelSets::set_listed(std::span<const Prefix> listed, Time now) {
  std::vector<Prefix> addresses;
  split(listed, addresses);
  Batches removal(nftables_, Change::remove, kBatch);
  TRY(put_all(removal, missing_from(listed_, addresses)));
  Batches addition(nftables_, Change::add, kBatch);
  TRY(put_all(addition, missing_from(addresses, listed_)));
  listed_ = std::move(addresses);
  return write_networks(now);
}

Result<> KernelSets::add(std::span<const Ban> bans, Time now) {
  return put_bans(Change::put, bans, now);
}

Result<> KernelSets::put_bans(Change change, std::span<const Ban> bans, Time now) {
  Batches batches(nftables_, change, kBatch);
  for (const auto& ban : bans) {
    const auto end = end_of(ban, now);
    if (end <= now) continue;
    const auto set = find_ban_set(ban.source, bits_);
    if (set.interval) {
      networks_[ban.source] = end;
      networks_changed_ = true;
      continue;
    }
    TRY(batches.put(set.name, {.key = to_key(ban.source.network), .timeout = time_left(end, now)}));
  }
  TRY(batches.flush());
  return write_networks(now);
}

Result<> KernelSets::remove(std::span<const Prefix> sources, Time now) {
  Batches batches(nftables_, Change::remove, kBatch);
  for (const auto& source : sources) {
    const auto set = find_ban_set(source, bits_);
    if (set.interval) {
      networks_changed_ |= networks_.erase(source) > 0;
      continue;
    }
    TRY(batches.put(set.name, {.key = to_key(source.network)}));
  }
  TRY(batches.flush());
  return write_networks(now);
}

Result<> KernelSets::write_networks(Time now) {
  if (!networks_changed_) return {};
  std::erase_if(networks_, [now](const auto& entry) { return entry.second <= now; });
  for (const auto family : {Family::ipv4, Family::ipv6}) TRY(write_networks_of(family, now));
  networks_changed_ = false;
  return {};
}

Result<> KernelSets::write_networks_of(Family family, Time now) {
  std::vector<Network> networks;
  for (const auto& [prefix, until] : networks_) {
    if (prefix.network.family == family) networks.push_back({prefix, until});
  }
  for (const auto& prefix : listed_networks_) {
    if (prefix.network.family == family) networks.push_back({prefix, Time::max()});
  }
  auto want = to_ranges(std::move(networks));
  const auto set = network_set(family);
  auto& written = written_.at(static_cast<std::size_t>(family));
  if (!written)
    written = parse_ranges(TRY(nftables_.list_elements(kFirewallTable, set)), family, now);
  const auto edits = plan_ranges(set, want, *written, now);
  written.reset();  // unknown, should this fail
  if (!edits.empty()) TRY(nftables_.edit(kFirewallTable, edits));
  written = std::move(want);
  return {};
}

SourceBits common_bits(std::span<const Ban> bans) {
  // What the configuration may say; other lengths are those of bans by hand.
  struct Choice {
    Family family;
    std::uint8_t from;
    std::uint8_t to;
  };
  SourceBits bits;
  std::array<std::array<std::size_t, 129>, 2> counts{};
  for (const auto& ban : bans)
    ++counts.at(static_cast<std::size_t>(ban.source.network.family)).at(ban.source.length);
  for (const auto& [family, from, to] :
       {Choice{Family::ipv4, 24, 32}, Choice{Family::ipv6, 48, 128}}) {
    const auto& count = counts.at(static_cast<std::size_t>(family));
    const auto most = std::max_element(count.begin() + from, count.begin() + to + 1);
    if (*most == 0) continue;
    (family == Family::ipv4 ? bits.ipv4 : bits.ipv6) =
        static_cast<std::uint8_t>(most - count.begin());
  }
  return bits;
}

}  // namespace kgnode::hardening::ban
