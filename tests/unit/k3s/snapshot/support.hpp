#pragma once
/// Snapshots for the tests.
#include "k3s/snapshot/book.hpp"

namespace test {

inline constexpr kgnode::k3s::Time kNow{std::chrono::seconds(1780000000)};
inline constexpr std::string_view kDigits = "0123456789ab";

inline std::string name_of(std::chrono::seconds age) {
  return "etcd-snapshot-cp-1-" + std::to_string((kNow - age).time_since_epoch().count());
}

inline kgnode::k3s::SnapshotFile file_of(std::chrono::seconds age) {
  return {.name = name_of(age), .size = 4128, .changed = 7};
}

/// One that is proven.
inline kgnode::k3s::Rehearsal proven(std::chrono::seconds age) {
  return {.file = file_of(age),
          .looked = kNow - age,
          .found = {.hash_ok = true,
                    .error = {},
                    .content = {.buckets = 10,
                                .keys = 159,
                                .revision = 154,
                                .bootstraps = {std::string(kDigits)}}},
          .token = kgnode::k3s::TokenFit::fits};
}

inline kgnode::k3s::Rehearsal damaged(std::chrono::seconds age) {
  return {.file = file_of(age),
          .looked = kNow - age,
          .found = {.hash_ok = false, .error = "it is \"cut\"", .content = {}},
          .token = kgnode::k3s::TokenFit::unknown};
}

}  // namespace test
