/// Which datagrams count, what they tell, and which are to be sent.
#include "agent/peers/table.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::peers {
namespace {

using std::chrono::microseconds;

constexpr std::chrono::seconds kLongestTrip{10};
constexpr std::chrono::minutes kIntroductionHolds{10};
constexpr unsigned kAnswersPerSecond = 5;
constexpr std::size_t kIntroducedAtOnce = 8;
constexpr double kLossWeight = 1.0 / 64;
constexpr std::int64_t kMostMissing = 1000;  // more is no loss but a pause

microseconds since_boot(Mono time) {
  return std::chrono::duration_cast<microseconds>(time.time_since_epoch());
}

State state_of(bool is_heard, std::chrono::nanoseconds silent) {
  if (!is_heard) return State::unheard;
  if (silent < kSuspectAfter) return State::alive;
  return silent < kGoneAfter ? State::suspect : State::gone;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::alive:
      return "alive";
    case State::suspect:
      return "suspect";
    case State::gone:
      return "gone";
    case State::unheard:
      break;
  }
  return "unheard";
}

PeerTable::PeerTable(std::int64_t session, std::string secret)
    : session_(session), secret_(std::move(secret)) {}

void PeerTable::set_own(Own own) {
  own_ = std::move(own);
  entries_.erase(own_.address);
}

Verdict PeerTable::take(const Beacon& beacon, const Address& source, std::size_t size, Moment now) {
  if (beacon.to != own_.address || beacon.from != source || source == own_.address)
    return Verdict::misplaced;
  auto* entry = find_or_add(source);
  if (entry == nullptr) return Verdict::full;
  if (beacon.cookie != 0) entry->cookie_back = beacon.cookie;
  const bool is_known = entry->is_heard && beacon.session == entry->session;
  const bool is_probe = size > kBeaconLimit;
  if (is_known && is_probe)  // it has the number of the beacon before it
    return beacon.number >= entry->number ? Verdict::taken : Verdict::replayed;
  if (is_known && beacon.number <= entry->number) return Verdict::replayed;
  if (!is_known && !is_now(beacon, *entry)) {
    entry->pending = beacon.session;
    return Verdict::unproven;
  }
  if (!is_known) {
    // One that is started anew never comes back to the session that it had before.
    if (entry->before != 0 && beacon.session == entry->before) {
      entry->twin = entry->report.name;
      entry->twin_heard = now.mono;
    }
    entry->before = entry->session;
    entry->session = beacon.session;
    entry->number = beacon.number - 1;
    entry->pending = 0;
    ++entry->epoch;
  }
  note(beacon, *entry, now);
  for (const auto& other : beacon.others) {
    if (other != own_.address && own_.network.contains(other) && introduced_.size() < kMostPeers)
      introduced_[other] = now.mono;
  }
  return Verdict::taken;
}

/// It gives back what only we could have given for this session.
bool PeerTable::is_now(const Beacon& beacon, const Entry& entry) const {
  return beacon.cookie_back == cookie_for(beacon.from, beacon.session, entry.epoch);
}

void PeerTable::note(const Beacon& beacon, Entry& entry, Moment now) {
  const auto missing = std::min(beacon.number - entry.number - 1, kMostMissing);
  for (std::int64_t i = 0; i < missing; ++i) entry.loss += (1 - entry.loss) * kLossWeight;
  entry.loss -= entry.loss * kLossWeight;
  entry.number = beacon.number;
  entry.report = beacon.report;
  entry.is_heard = true;
  entry.heard = now.mono;
  entry.heard_at = now.wall;
  entry.echo = beacon.sent;
  entry.echo_came = now.mono;
  const auto trip = since_boot(now.mono) - beacon.echo - beacon.held;
  if (beacon.echo.count() != 0 && trip >= microseconds(0) && trip < kLongestTrip)
    entry.round_trip = trip;
  const auto on_its_way = entry.round_trip.value_or(microseconds(0)) / 2;
  entry.clock_ahead =
      std::chrono::round<std::chrono::milliseconds>(beacon.wall - now.wall + on_its_way);
  entry.probe.answered(static_cast<std::size_t>(beacon.largest));
}

std::optional<Outgoing> PeerTable::answer(const Beacon& beacon, std::size_t size, Moment now) {
  const auto found = entries_.find(beacon.from);
  if (found == entries_.end()) return std::nullopt;
  auto& entry = found->second;
  if (!beacon.asks && entry.pending == 0) return std::nullopt;
  if (now.mono - entry.answers_since >= kAgain) {
    entry.answers = 0;
    entry.answers_since = now.mono;
  }
  if (++entry.answers > kAnswersPerSecond) return std::nullopt;
  auto answer = make(beacon.from, entry, entry.pending != 0, now.mono);
  if (size > kBeaconLimit) answer.beacon.largest = static_cast<std::int64_t>(size);
  return answer;
}

Outgoing PeerTable::make(const Address& to, Entry& entry, bool asks, Mono now) const {
  Beacon beacon{.report = {},
                .from = own_.address,
                .to = to,
                .session = session_,
                .number = entry.next_number++,
                .cookie = entry.pending == 0 ? 0 : cookie_for(to, entry.pending, entry.epoch),
                .cookie_back = entry.cookie_back,
                .asks = asks,
                .sent = since_boot(now),
                .echo = entry.echo,
                .held = entry.echo.count() == 0
                            ? microseconds(0)
                            : std::chrono::duration_cast<microseconds>(now - entry.echo_came),
                .wall = {},
                .largest = 0,
                .others = {},
                .bans = {}};
  entry.sent = now;
  if (asks) entry.asked = now;
  if (own_.is_server) {
    const auto others = neighbours_of(to, now);
    const auto turns = (others.size() + kIntroducedAtOnce - 1) / kIntroducedAtOnce;
    const auto first =
        turns == 0 ? 0 : (static_cast<std::size_t>(beacon.number) % turns) * kIntroducedAtOnce;
    for (auto i = first; i < std::min(first + kIntroducedAtOnce, others.size()); ++i)
      beacon.others.push_back(others[i]);
  }
  return {.to = to, .beacon = std::move(beacon), .size = 0};
}

std::vector<Outgoing> PeerTable::due(Moment now, bool changed) {
  forget(now.mono);
  std::vector<Outgoing> all;
  for (const auto& target : targets(now.mono)) {
    auto* entry = find_or_add(target);
    if (entry == nullptr) continue;
    const auto silent = now.mono - entry->heard;
    const bool asks = !entry->is_heard || silent >= kAskAfter;
    const bool asks_again =
        entry->is_heard && asks && silent < kGoneAfter && now.mono - entry->asked >= kAgain;
    if (changed || asks_again || now.mono - entry->sent >= kInterval)
      all.push_back(make(target, *entry, asks, now.mono));
    if (state_of(entry->is_heard, silent) != State::alive || own_.largest <= kBeaconLimit) {
      entry->probe.pause();
    } else if (const auto size = entry->probe.due(now.mono, own_.largest)) {
      all.push_back(make_probe(target, *entry, *size, now.mono));
    }
  }
  return all;
}

/// It has the number of the last beacon and stands for none.
Outgoing PeerTable::make_probe(const Address& to, Entry& entry, std::size_t size, Mono now) const {
  const auto sent = entry.sent;
  auto probe = make(to, entry, true, now);
  entry.sent = sent;
  --entry.next_number;
  --probe.beacon.number;
  probe.size = size;
  return probe;
}

/// Without a key nobody can say which session it is for; 0 is kept for "none".
std::int64_t PeerTable::cookie_for(const Address& address, std::int64_t session,
                                   unsigned epoch) const {
  const auto hash =
      sys::sha256_hex(std::format("{} {} {} {}", secret_, to_string(address), session, epoch));
  constexpr std::size_t kDigits = 15;  // four bits each: it stays positive
  return parse_int<std::int64_t>(std::string_view(hash).substr(0, kDigits), 16).value_or(0) | 1;
}

std::vector<Address> PeerTable::targets(Mono now) const {
  auto all = own_.servers;
  if (own_.is_server) {
    const auto others = neighbours_of(own_.address, now);
    all.insert(all.end(), others.begin(), others.end());
  }
  for (const auto& [address, when] : introduced_) {
    if (!own_.is_server && all.size() < own_.servers.size() + kNeighbours) all.push_back(address);
  }
  std::ranges::sort(all);
  const auto [first, last] = std::ranges::unique(all);
  all.erase(first, last);
  std::erase(all, own_.address);
  return all;
}

/// Those after it in the order of addresses, which begins anew at its end: everybody is heard by as
/// many as he hears.
std::vector<Address> PeerTable::neighbours_of(const Address& address, Mono now) const {
  std::vector<Address> all;
  const auto start = entries_.upper_bound(address);
  const auto add = [&all, &address, now](auto from, auto to) {
    for (auto at = from; at != to && all.size() < kNeighbours; ++at) {
      if (at->first != address &&
          state_of(at->second.is_heard, now - at->second.heard) != State::unheard)
        all.push_back(at->first);
    }
  };
  add(start, entries_.end());
  add(entries_.begin(), start);
  return all;
}

PeerTable::Entry* PeerTable::find_or_add(const Address& address) {
  const auto found = entries_.find(address);
  if (found != entries_.end()) return &found->second;
  if (entries_.size() >= kMostPeers) return nullptr;
  return &entries_[address];
}

void PeerTable::forget(Mono now) {
  std::erase_if(introduced_,
                [now](const auto& one) { return now - one.second > kIntroductionHolds; });
  std::erase_if(entries_, [this, now](const auto& one) {
    const auto& [address, entry] = one;
    if (std::ranges::contains(own_.servers, address)) return false;
    if (!entry.is_heard) return !introduced_.contains(address) && now - entry.sent > kForgetAfter;
    return now - entry.heard > kForgetAfter;
  });
}

Peer PeerTable::to_peer(const Address& address, const Entry& entry, Mono now) {
  const auto silent = now - entry.heard;
  return {.address = address,
          .state = state_of(entry.is_heard, silent),
          .report = entry.report,
          .wall = entry.heard_at,
          .round_trip = entry.round_trip,
          .loss = entry.loss,
          .largest = entry.probe.largest(),
          .is_narrow = entry.probe.is_narrow(),
          .clock_ahead = entry.is_heard ? entry.clock_ahead : std::nullopt,
          .silent = entry.is_heard ? std::optional(std::chrono::floor<std::chrono::seconds>(silent))
                                   : std::nullopt,
          .twin = entry.twin_heard && now - *entry.twin_heard < kTwinHolds
                      ? std::optional(entry.twin)
                      : std::nullopt};
}

std::vector<Peer> PeerTable::peers(Mono now) const {
  std::vector<Peer> all;
  for (const auto& [address, entry] : entries_) all.push_back(to_peer(address, entry, now));
  return all;
}

std::vector<PeerTable::Seen> PeerTable::seen(Mono now) const {
  std::vector<Seen> all;
  for (const auto& [address, entry] : entries_)
    all.push_back({address, state_of(entry.is_heard, now - entry.heard), &entry.report});
  return all;
}

std::optional<Peer> PeerTable::find(const Address& address, Mono now) const {
  const auto found = entries_.find(address);
  if (found == entries_.end()) return std::nullopt;
  return to_peer(address, found->second, now);
}

}  // namespace kgnode::peers
