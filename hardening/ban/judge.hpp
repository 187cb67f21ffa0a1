#pragma once
/// From hits to bans: counts, thresholds, escalation, and who is never banned. Pure but for what it
/// is handed.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hardening/ban/never.hpp"
#include "hardening/ban/tally.hpp"
#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

/// What leads from hits in one jail to a ban.
struct Rule {
  std::string jail;
  unsigned threshold = 5;
  std::chrono::seconds window{600};
  std::chrono::seconds time{3600};
  bool operator==(const Rule&) const = default;
};

struct Rules {
  std::vector<Rule> jails;  // a jail's number is its place here
  std::vector<Never> never;
  std::uint8_t ipv4_prefix = 32;
  std::uint8_t ipv6_prefix = 64;
  unsigned escalation = 1;
  std::chrono::seconds longest = std::chrono::days(7);
  std::chrono::seconds remember = std::chrono::days(30);
};

class Judge {
 public:
  /// What is known of a source beyond its counts.
  class Record {
   public:
    virtual ~Record() = default;
    virtual bool is_banned(const Prefix& source, Time at) const = 0;
    /// How often it was banned since then.
    virtual unsigned strikes(const Prefix& source, Time since) const = 0;
  };

  /// Who would have been banned, but never is.
  struct Spared {
    std::uint64_t hits = 0;
    Time last;
    std::string reason;
    std::string jail;
  };

  Judge(Tally& tally, const Record& record) : tally_(tally), record_(record) {}

  /// Begins to count anew.
  void set_rules(Rules rules);
  void set_never(std::vector<Never> never) { rules_.never = std::move(never); }
  const Rules& rules() const { return rules_; }

  /// The ban that this hit leads to, if it does.
  std::optional<Ban> judge(std::size_t jail, const Hit& hit, Time at);

  /// The last ones, at most kSpared.
  const std::map<Address, Spared>& spared() const { return spared_; }
  static constexpr std::size_t kSpared = 64;

  /// The network that stands for this address, or the address alone where the network holds
  /// somebody who is never banned.
  Prefix source_of(const Address& address) const;

 private:
  void spare(const Never& why, std::size_t jail, const Hit& hit, Time at);
  Ban make_ban(const Rule& rule, const Prefix& source, Time at) const;

  Tally& tally_;
  const Record& record_;
  Rules rules_;
  std::map<Address, Spared> spared_;
};

/// time * escalation^(strikes - 1), at most `longest`.
std::chrono::seconds ban_time(const Rule& rule, unsigned strikes, const Rules& rules);

}  // namespace kgnode::hardening::ban
