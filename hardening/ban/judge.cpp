/// From hits to bans.
#include "hardening/ban/judge.hpp"

#include <algorithm>
#include <utility>

namespace kgnode::hardening::ban {

std::chrono::seconds ban_time(const Rule& rule, unsigned strikes, const Rules& rules) {
  auto time = rule.time;
  for (unsigned i = 1; i < strikes && time < rules.longest && rules.escalation > 1; ++i)
    time *= rules.escalation;
  return std::min(time, rules.longest);
}

void Judge::set_rules(Rules rules) {
  rules_ = std::move(rules);
  std::vector<std::chrono::seconds> windows;
  for (const auto& rule : rules_.jails) windows.push_back(rule.window);
  tally_.set_windows(windows);
}

Prefix Judge::source_of(const Address& address) const {
  const auto length = address.family == Family::ipv4 ? rules_.ipv4_prefix : rules_.ipv6_prefix;
  const auto network = make_prefix(address, length);
  return find_never(rules_.never, network) == nullptr ? network : make_host_prefix(address);
}

void Judge::spare(const Never& why, std::size_t jail, const Hit& hit, Time at) {
  auto& spared = spared_[hit.address];
  spared = {
      .hits = spared.hits + 1, .last = at, .reason = why.reason, .jail = rules_.jails[jail].jail};
  if (spared_.size() > kSpared) {
    spared_.erase(
        std::ranges::min_element(spared_, {}, [](const auto& entry) { return entry.second.last; }));
  }
}

Ban Judge::make_ban(const Rule& rule, const Prefix& source, Time at) const {
  const auto strikes = record_.strikes(source, at - rules_.remember) + 1;
  return {.source = source,
          .jail = rule.jail,
          .since = at,
          .until = at + ban_time(rule, strikes, rules_),
          .strikes = strikes};
}

std::optional<Ban> Judge::judge(std::size_t jail, const Hit& hit, Time at) {
  const auto source = source_of(hit.address);
  if (const auto* never = find_never(rules_.never, source)) {
    spare(*never, jail, hit, at);
    return std::nullopt;
  }
  const auto& rule = rules_.jails[jail];
  const auto number = static_cast<std::uint8_t>(jail);
  // What was on its way when the ban came is no further offence; nor are those that led to it, when
  // they are read once more after a crash.
  if (record_.is_banned(source, at)) {
    tally_.forget(number, source);
    return std::nullopt;
  }
  if (tally_.add(number, source, hit.weight, at) < rule.threshold) return std::nullopt;
  tally_.forget(number, source);
  return make_ban(rule, source, at);
}

}  // namespace kgnode::hardening::ban
