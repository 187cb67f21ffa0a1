#pragma once
/// The node's packet filter: one table of our own, by role, default drop, replaced as a whole. What is
/// in force is told from a digest of the kernel's own dump: the one taken right after our last
/// replacement is remembered, and any other one means that somebody edited the table.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/firewall/model.hpp"

namespace kgnode::hardening {

class Firewall {
 public:
  static constexpr std::string_view kName = "firewall";

  struct Desired {
    firewall::Ruleset rules;
    bool operator==(const Desired&) const = default;
  };

  /// `unknown`: there is a table, but not one that this run of the agent has put there.
  enum class InForce : std::uint8_t { absent, unknown, edited, ours };

  struct Observed {
    InForce in_force = InForce::absent;
    sys::TableOwner owner = sys::TableOwner::nobody;
    firewall::Ruleset rules;  // with `ours`
    bool operator==(const Observed&) const = default;
  };

  struct Step {
    firewall::Ruleset rules;
    std::vector<std::string> added;    // ids of rules and names of sets
    std::vector<std::string> removed;  // the same
    std::vector<std::string> changed;
    std::string reason;      // why nothing is known of what is there now; empty: it is ours
    bool changes_ssh = false;
    bool operator==(const Step&) const = default;
  };

  explicit Firewall(sys::Nftables& nftables) : nftables_(nftables) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  // No file: notifications of the kernel tell of edits.
  static std::vector<std::string> watch_paths(const Desired&) { return {}; }

 private:
  struct Applied {
    firewall::Ruleset rules;
    std::uint64_t digest = 0;
  };

  sys::Nftables& nftables_;
  std::optional<Applied> applied_;
};

/// For `kgnode early`: closes the node before its network comes up. The table stays when the process
/// ends, and the agent takes it over.
Result<> load_closed_firewall(sys::Nftables& nftables);

}  // namespace kgnode::hardening
