#pragma once
/// What the doctor says of snapshots.
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "k3s/snapshot/book.hpp"
#include "k3s/snapshot/sealed.hpp"

namespace kgnode::k3s {

/// Of a server; an agent has none to look at.
struct SnapshotFacts {
  std::optional<SnapshotBook> book;  // nullopt: not there yet, or damaged
  std::vector<SealedToken> sealed;
  std::string operator_key;
  Time now{};
  bool operator==(const SnapshotFacts&) const = default;
};
Result<SnapshotFacts> read_snapshot_facts(sys::Files& files, const config::Snapshots& config,
                                          Time now);

/// One is taken every 6 hours; an hour for the one that is due to be taken and looked at.
constexpr std::chrono::hours kProvenWithin{7};
/// They are looked at every 10 minutes.
constexpr std::chrono::hours kLookedWithin{1};

std::vector<core::Finding> snapshot_findings(const SnapshotFacts& facts);

}  // namespace kgnode::k3s
