/// What the offences of a log lead to.
#include "agent/cli/ban_summary.hpp"

#include <algorithm>
#include <format>
#include <set>
#include <tuple>

#include <boost/json.hpp>

#include "agent/base/clock.hpp"
#include "agent/base/units.hpp"
#include "hardening/ban/engine.hpp"
#include "hardening/ban/line_time.hpp"

namespace kgnode::cli {

using namespace hardening::ban;
using boost::json::value;

bool BanSummary::Ledger::is_banned(const Prefix& source, Time at) const {
  const auto found = bans_.find(source);
  return found != bans_.end() && std::ranges::any_of(found->second, [at](const auto& ban) {
           return ban.first <= at && ban.second > at;
         });
}

unsigned BanSummary::Ledger::strikes(const Prefix& source, Time since) const {
  const auto found = bans_.find(source);
  if (found == bans_.end()) return 0;
  return static_cast<unsigned>(std::ranges::count_if(
      found->second, [since](const auto& ban) { return ban.first >= since; }));
}

void BanSummary::Ledger::add(const Ban& ban) {
  bans_[ban.source].emplace_back(ban.since, ban.until);
}

// The same log has the same summary every time: no secret is needed where nobody can watch.
BanSummary::BanSummary(Rules rules) : tally_(Engine::kSources, 0) {
  judge_.set_rules(std::move(rules));
}

BanSummary::Time BanSummary::time_of(std::string_view line, Time now) {
  const auto time = read_line_time(line, now);
  if (!time) ++untimed_;
  if (time || last_ == Time{}) last_ = time.value_or(now);
  return last_;
}

Result<> BanSummary::add(std::string_view jail, const Hit& hit, std::string_view line, Time now) {
  ++count_;
  const auto& jails = judge_.rules().jails;
  const auto rule = std::ranges::find(jails, jail, &Rule::jail);
  const auto number = static_cast<std::size_t>(rule - jails.begin());
  auto& offences = offences_[{number, judge_.source_of(hit.address)}];
  if (offences_.size() > kSources) {
    return fail(Error::plain(
        std::format("more than {} sources: give it a part of the log at a time", kSources)));
  }
  const auto at = time_of(line, now);
  if (rule != jails.end()) judge(number, hit, at, offences);
  return {};
}

void BanSummary::judge(std::size_t jail, const Hit& hit, Time at, Offences& offences) {
  if (ledger_.is_banned(judge_.source_of(hit.address), at)) return;
  // What is a window away counts no more.
  if (offences.count == 0 || at - offences.last > judge_.rules().jails[jail].window)
    offences = {.first = at};
  ++offences.count;
  offences.weight += hit.weight;
  offences.last = at;
  const auto ban = judge_.judge(jail, hit, at);
  if (!ban) return;
  ledger_.add(*ban);
  banned_.push_back({.ban = *ban, .offences = offences});
  offences = {};
}

value BanSummary::to_json(std::uint64_t lines) const {
  auto sorted = banned_;
  std::ranges::sort(sorted, {}, [](const Banned& one) {
    return std::tuple(one.ban.since - one.ban.until, one.ban.since, one.ban.source);
  });
  boost::json::array bans;
  for (const auto& [ban, offences] : sorted) {
    bans.push_back({{"source", to_string(ban.source)},
                    {"jail", ban.jail},
                    {"time", kgnode::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                 ban.until - ban.since))},
                    {"strikes", ban.strikes},
                    {"offences", offences.count},
                    {"weight", offences.weight},
                    {"first", to_rfc3339(offences.first)},
                    {"since", to_rfc3339(ban.since)},
                    {"until", to_rfc3339(ban.until)}});
  }
  std::set<Prefix> sources;
  for (const auto& [source, offences] : offences_) sources.insert(source.second);
  return {{"bans", std::move(bans)}, {"spared", cli::to_json(judge_.spared())},
          {"lines", lines},          {"offences", count_},
          {"untimed", untimed_},     {"sources", sources.size()}};
}

boost::json::array to_json(const Spared& spared) {
  boost::json::array all;
  for (const auto& [address, why] : spared) {
    all.push_back({{"address", to_string(address)},
                   {"reason", why.reason},
                   {"jail", why.jail},
                   {"hits", why.hits},
                   {"last", to_rfc3339(why.last)}});
  }
  return all;
}

}  // namespace kgnode::cli
