#pragma once
/// How far every source was read, and the counts at that very moment: whoever begins there counts
/// every line once. Bytes of this machine for itself; pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sys/file_follower.hpp"
#include "hardening/ban/judge.hpp"
#include "hardening/ban/tally.hpp"

namespace kgnode::hardening::ban {

struct Checkpoint {
  std::string cursor;  // of the journal
  std::vector<sys::FilePosition> files;
  std::vector<std::string> jails;  // what the numbers in `counts` stand for, as name_jails() says
  std::vector<Tally::Entry> counts;
  bool operator==(const Checkpoint&) const = default;
};

std::string encode(const Checkpoint& checkpoint);
/// The same with the counts that are in the tally: in a flood they are too many to be copied first.
std::string encode(const Checkpoint& places, const Tally& counts);
/// nullopt: damaged, or of another version.
std::optional<Checkpoint> decode(std::string_view bytes);

/// "sshd/600": counts of one window mean nothing for another.
std::vector<std::string> name_jails(const Rules& rules);
/// Counts of jails that are called the same; their numbers are those of `jails`.
void restore_counts(const Checkpoint& checkpoint, const std::vector<std::string>& jails,
                    Tally& tally);

}  // namespace kgnode::hardening::ban
