#pragma once
/// What the offences of a log lead to, by the very decisions that the agent takes: who would have
/// been banned, when, and for how long.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "agent/base/result.hpp"
#include "hardening/ban/judge.hpp"

namespace kgnode::cli {

class BanSummary {
 public:
  /// More sources than that are refused: 400 MB, and no summary that anybody would read.
  static constexpr std::size_t kSources = 4'000'000;

  explicit BanSummary(hardening::ban::Rules rules);
  ~BanSummary() = default;
  BanSummary(const BanSummary&) = delete;
  BanSummary& operator=(const BanSummary&) = delete;

  /// An offence that `line` tells of. One without a time of its own is as old as the one before it,
  /// and the first ones are of `now`. Of a jail without a rule it only counts.
  Result<> add(std::string_view jail, const hardening::ban::Hit& hit, std::string_view line,
               hardening::ban::Time now);

  /// The longest bans first. `lines`: that were read.
  boost::json::value to_json(std::uint64_t lines) const;

 private:
  using Time = hardening::ban::Time;

  /// Bans so far; they end by themselves.
  class Ledger final : public hardening::ban::Judge::Record {
   public:
    bool is_banned(const Prefix& source, Time at) const override;
    unsigned strikes(const Prefix& source, Time since) const override;
    void add(const hardening::ban::Ban& ban);

   private:
    std::map<Prefix, std::vector<std::pair<Time, Time>>> bans_;
  };

  /// What led, or may lead, to one ban.
  struct Offences {
    std::uint64_t count = 0;
    std::uint64_t weight = 0;
    Time first;
    Time last;
  };
  struct Banned {
    hardening::ban::Ban ban;
    Offences offences;
  };

  Time time_of(std::string_view line, Time now);
  void judge(std::size_t jail, const hardening::ban::Hit& hit, Time at, Offences& offences);

  Ledger ledger_;
  hardening::ban::Tally tally_;
  hardening::ban::Judge judge_{tally_, ledger_};
  std::map<std::pair<std::size_t, Prefix>, Offences> offences_;
  std::vector<Banned> banned_;
  std::uint64_t count_ = 0;
  std::uint64_t untimed_ = 0;
  Time last_;
};

using Spared = std::map<Address, hardening::ban::Judge::Spared>;
boost::json::array to_json(const Spared& spared);

}  // namespace kgnode::cli
