#pragma once
/// The node's packet filter: one table of our own, by role, default drop, replaced as a whole. What
/// is in force is told from a digest of the kernel's own dump: the one taken right after our last
/// replacement is remembered, and any other one means that somebody edited the table. A file in
/// /run remembers it for the next run of the agent, which has to take over the table in any case.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/firewall/model.hpp"

namespace kgnode::hardening {

class Firewall {
 public:
  static constexpr std::string_view kName = "firewall";
  static constexpr std::string_view kLeft = "/run/kgnode/firewall";

  struct Desired {
    firewall::Ruleset rules;
    bool operator==(const Desired&) const = default;
  };

  /// `left`: put there by an earlier run of the agent, and nobody edited it since. `unknown`: there
  /// is a table, but not one that an agent is known to have put there.
  enum class InForce : std::uint8_t { absent, unknown, left, edited, ours };

  struct Observed {
    InForce in_force = InForce::absent;
    sys::TableOwner owner = sys::TableOwner::nobody;
    firewall::Ruleset rules;  // what this run put there last; with `edited` and `ours`
    std::string fingerprint;  // of the rules; with `left`
    bool operator==(const Observed&) const = default;
  };

  struct Step {
    firewall::Ruleset rules;
    std::vector<std::string> added;    // ids of rules and names of sets
    std::vector<std::string> removed;  // the same
    std::vector<std::string> changed;
    InForce was = InForce::absent;
    bool same = false;  // the rules are those that were there, as far as is known
    bool changes_ssh = false;
    bool operator==(const Step&) const = default;
  };

  Firewall(sys::Nftables& nftables, sys::Files& files) : nftables_(nftables), files_(files) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  /// None: edits are told by sys::NftablesWatch.
  static std::vector<std::string> watch_paths(const Desired&) { return {}; }

 private:
  struct Applied {
    firewall::Ruleset rules;
    std::uint64_t digest = 0;
  };

  sys::Nftables& nftables_;
  sys::Files& files_;
  std::optional<Applied> applied_;
};

/// The same for the same rules.
std::string fingerprint_of(const firewall::Ruleset& rules);

/// For `kgnode early`: closes the node before its network comes up. The table stays when the
/// process ends, and the agent takes it over.
Result<> load_closed_firewall(sys::Nftables& nftables, SourceBits bits = {});

}  // namespace kgnode::hardening
