/// Ranges from networks and from the kernel, and the difference of two.
#include "hardening/ban/networks.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kgnode::hardening::ban {

using std::chrono::milliseconds;

namespace {

std::optional<Address> after(Address address) {
  for (std::size_t i = address.bits() / 8; i-- > 0;) {
    if (++address.bytes.at(i) != 0) return address;
  }
  return std::nullopt;
}

/// Over networks, of which any two are apart or one inside the other.
class Sweep {
 public:
  void enter(const Network& network) {
    close_before(network.prefix);
    if (!open_.empty() && open_.back().until >= network.until) return;
    if (!open_.empty()) put(network.prefix.network);
    at_ = network.prefix.network;
    open_.push_back(network);
  }

  std::vector<Range> finish() {
    while (!open_.empty()) close();
    return std::move(ranges_);
  }

 private:
  void close_before(const Prefix& next) {
    while (!open_.empty() && !open_.back().prefix.contains(next)) close();
  }

  void close() {
    const auto end = after(open_.back().prefix.last());
    put(end);
    at_ = end;
    open_.pop_back();
  }

  /// What lies between `at_` and `end` belongs to the innermost network.
  void put(std::optional<Address> end) {
    if (!at_ || at_ == end) return;
    const auto until = open_.back().until;
    if (!ranges_.empty() && ranges_.back().end == at_ && ranges_.back().until == until) {
      ranges_.back().end = end;
    } else {
      ranges_.push_back({.first = *at_, .end = end, .until = until});
    }
  }

  std::vector<Network> open_;  // each inside the one before, and longer in force
  std::optional<Address> at_;  // none: all addresses of the family are done
  std::vector<Range> ranges_;
};

}  // namespace

std::vector<Range> to_ranges(std::vector<Network> networks) {
  std::ranges::sort(networks);  // a network comes before those inside it
  Sweep sweep;
  for (const auto& network : networks) sweep.enter(network);
  return sweep.finish();
}

sys::nft::Raw to_key(const Address& address) {
  return {address.bytes.begin(), address.bytes.begin() + address.bits() / 8};
}

milliseconds time_left(Time until, Time now) {
  if (until == Time::max()) return milliseconds(0);
  return std::max(std::chrono::ceil<milliseconds>(until - now), milliseconds(1));
}

std::vector<Range> parse_ranges(std::span<const sys::nft::Element> elements, Family family,
                                Time now) {
  std::vector<Range> ranges;
  for (const auto& element : elements) {
    Address address{.family = family};
    std::copy_n(element.key.begin(), std::min(element.key.size(), address.bytes.size()),
                address.bytes.begin());
    if (element.interval_end) {
      if (!ranges.empty()) ranges.back().end = address;
      continue;
    }
    const bool ends = element.timeout.count() > 0;
    ranges.push_back({.first = address, .until = ends ? now + element.timeout : Time::max()});
  }
  return ranges;
}

namespace {

bool is_same(const Range& want, const Range& have) {
  if (want.first != have.first || want.end != have.end) return false;
  if (want.until == Time::max() || have.until == Time::max()) return want.until == have.until;
  return std::chrono::abs(want.until - have.until) < kEndTolerance;
}

void append(std::vector<sys::nft::Element>& elements, const Range& range, Time now) {
  elements.push_back({.key = to_key(range.first), .timeout = time_left(range.until, now)});
  if (range.end) elements.push_back({.key = to_key(*range.end), .interval_end = true});
}

}  // namespace

std::vector<sys::ElementEdit> plan_ranges(const std::string& set, std::span<const Range> want,
                                          std::span<const Range> have, Time now) {
  sys::ElementEdit removal{.set = set, .change = sys::Change::remove};
  sys::ElementEdit addition{.set = set, .change = sys::Change::add};
  auto old = have.begin();
  for (const auto& range : want) {
    for (; old != have.end() && old->first <= range.first && !is_same(range, *old); ++old)
      append(removal.elements, *old, now);
    if (old != have.end() && is_same(range, *old)) {
      ++old;
    } else {
      append(addition.elements, range, now);
    }
  }
  for (; old != have.end(); ++old) append(removal.elements, *old, now);
  std::vector<sys::ElementEdit> edits;
  if (!removal.elements.empty()) edits.push_back(std::move(removal));
  if (!addition.elements.empty()) edits.push_back(std::move(addition));
  return edits;
}

}  // namespace kgnode::hardening::ban
