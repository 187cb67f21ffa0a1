#pragma once
/// A bbolt database (file format 2), read page by page. Whatever the bytes: it ends, and reads no
/// page twice.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/byte_source.hpp"

namespace kgnode::sys {

/// An entry of a bucket, in the order of keys; gone when the call returns.
struct BoltEntry {
  std::string_view bucket;
  std::string_view key;
  std::string_view value;
};
/// An Error ends the walk.
using BoltVisit = std::function<Result<>(const BoltEntry&)>;

struct BoltCounts {
  std::uint64_t buckets = 0;
  std::uint64_t keys = 0;
  bool operator==(const BoltCounts&) const = default;
};

/// All entries of all buckets of the first `size` bytes. Both meta pages must be whole, as they are
/// in a copy that bbolt makes. Buckets within buckets are refused: etcd makes none.
Result<BoltCounts> walk_bolt(ByteSource& source, std::uint64_t size, const BoltVisit& visit);

}  // namespace kgnode::sys
