#pragma once
/// What is known of each snapshot: /var/lib/kgnode/k3s-snapshots.json.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/etcd_snapshot.hpp"
#include "k3s/snapshot/names.hpp"

namespace kgnode::k3s {

constexpr auto kSnapshotBook = "/var/lib/kgnode/k3s-snapshots.json";

/// A snapshot as it lies in the folder of K3s.
struct SnapshotFile {
  std::string name;
  std::uint64_t size = 0;
  std::int64_t changed = 0;  // when it was written last, in whatever unit: compared only
  bool operator==(const SnapshotFile&) const = default;
};

enum class TokenFit : std::uint8_t { fits, other, unknown };
std::string_view to_string(TokenFit fit);

/// One that was opened and read.
struct Rehearsal {
  SnapshotFile file;
  Time looked{};
  sys::EtcdSnapshot found;
  TokenFit token = TokenFit::unknown;  // whether the token that the server has now opens it
  bool operator==(const Rehearsal&) const = default;

  Time taken() const { return taken_at(file.name).value_or(Time()); }
  bool proven() const { return found.error.empty() && token == TokenFit::fits; }
  /// Why it is not proven; empty: it is.
  std::string trouble() const;
};

struct SnapshotBook {
  Time looked{};                     // when the folder was looked at last
  std::vector<Rehearsal> snapshots;  // oldest first
  bool operator==(const SnapshotBook&) const = default;
};

/// JSON, and back. A damaged one is an Error: all can be looked at again.
std::string to_text(const SnapshotBook& book);
Result<SnapshotBook> parse_book(std::string_view text);

/// New ones, changed ones, and those that were read a week ago: disks rot. Oldest first.
std::vector<SnapshotFile> to_look_at(const SnapshotBook& book, std::vector<SnapshotFile> files,
                                     Time now);
/// Takes in what was found, in place of what was known of that file.
void add(SnapshotBook& book, Rehearsal rehearsal);
/// Without those that are gone, each judged by the token that there is now: its 12 digits; empty:
/// it could not be read.
void tidy(SnapshotBook& book, const std::vector<SnapshotFile>& files, std::string_view digits);

/// What K3s counts together when it removes old ones: scheduled ones, and those taken by hand.
struct SnapshotGroup {
  std::string base;  // empty: of another node, which K3s leaves alone
  std::size_t count = 0;
  std::uint64_t size = 0;  // of all of them
  Time oldest{};
  bool operator==(const SnapshotGroup&) const = default;
};
std::vector<SnapshotGroup> group(const std::vector<SnapshotFile>& files, std::string_view node);

/// nullptr: none.
const Rehearsal* newest_proven(const SnapshotBook& book);

}  // namespace kgnode::k3s
