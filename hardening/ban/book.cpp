/// Bans in force, wherever they are.
#include "hardening/ban/book.hpp"

#include <algorithm>
#include <utility>

namespace kgnode::hardening::ban {
namespace {

/// One more of this kind, or one less.
void count(Book::Counts& counts, const Prefix& source, bool more) {
  const auto change = [more](std::size_t& number) { more ? ++number : --number; };
  const bool v4 = source.network.family == Family::ipv4;
  change(v4 ? counts.ipv4 : counts.ipv6);
  if (source.length < (v4 ? 32 : 64)) change(counts.networks);
}

}  // namespace

void Book::note(const Ban& ban) {
  if (until_.insert_or_assign(ban.source, ban.until).second) count(counts_, ban.source, true);
}

bool Book::forget(const Prefix& source) {
  if (until_.erase(source) == 0) return false;
  count(counts_, source, false);
  return true;
}

bool Book::is_banned(const Prefix& source, Time at) const {
  const auto found = until_.find(source);
  if (found != until_.end() && found->second > at) return true;
  if (at >= began_) return false;
  const auto earlier = store_.find(source, at);
  return earlier && earlier->has_value();
}

unsigned Book::strikes(const Prefix& source, Time since) const {
  // Who cannot be looked up is taken for a first offender: the ban itself must not wait.
  return store_.count_strikes(source, since).value_or(0);
}

Result<> Book::restore(SourceBits bits, Time now) {
  in_kernel_ = false;
  auto bans = TRY(store_.load(now));
  for (const auto& one : unsaved_) bans.push_back(one.ban);
  for (const auto& ban : bans) note(ban);
  TRY(kernel_.fill(bits, bans, listed_, now));
  in_kernel_ = true;
  return {};
}

Result<bool> Book::is_in_kernel() {
  if (!in_kernel_) return false;
  return kernel_.are_filled();
}

Result<> Book::save(Time now) {
  if (unsaved_.empty()) return {};
  const auto room = TRY(store_.commit(unsaved_, now));
  unsaved_.clear();
  for (const auto& source : room) forget(source);
  return kernel_.remove(room, now);
}

Result<> Book::add(std::vector<NewBan> bans, Time now) {
  std::vector<Ban> in_force;
  for (auto& one : bans) {
    // A line that was read late may lead to a ban that is over: only the strike counts.
    if (one.ban.until > now) {
      in_force.push_back(one.ban);
      note(one.ban);
    }
    ++begun_;
    last_ = one.ban;
    if (one.ban.jail != kSharedJail) recent_.push_front(one.ban);
    if (recent_.size() > kRecent) recent_.pop_back();
    if (unsaved_.size() < kUnsaved) unsaved_.push_back(std::move(one));
  }
  auto done = kernel_.add(in_force, now);
  if (!done) in_kernel_ = false;
  const auto saved = save(now);
  trouble_ = saved ? std::string() : "bans are not stored: " + saved.error().message();
  return done;
}

Result<bool> Book::lift(const Prefix& source, Time now) {
  TRY(kernel_.remove(std::span(&source, 1), now));
  std::erase_if(unsaved_, [&source](const NewBan& one) { return one.ban.source == source; });
  std::erase_if(recent_, [&source](const Ban& one) { return one.source == source; });
  lifted_.emplace_front(source, now);
  if (lifted_.size() > kRecent) lifted_.pop_back();
  const bool was_banned = forget(source);
  return TRY(store_.remove(source, now)) || was_banned;
}

bool Book::was_lifted(const Prefix& source, Time since) const {
  return std::ranges::any_of(lifted_, [&source, since](const auto& one) {
    return one.first == source && one.second >= since;
  });
}

Result<> Book::set_listed(std::vector<Prefix> networks, Time now) {
  TRY(kernel_.set_listed(networks, now));
  listed_ = std::move(networks);
  return {};
}

Result<bool> Book::tidy(Time now, Time before) {
  std::erase_if(until_, [this, now](const auto& entry) {
    const bool is_over = entry.second <= now;
    if (is_over) count(counts_, entry.first, false);
    return is_over;
  });
  const auto saved = save(now);
  trouble_ = saved ? std::string() : "bans are not stored: " + saved.error().message();
  return store_.prune(before);
}

std::vector<Prefix> Book::sources() const {
  std::vector<Prefix> sources;
  sources.reserve(until_.size());
  for (const auto& [source, until] : until_) sources.push_back(source);
  return sources;
}

}  // namespace kgnode::hardening::ban
