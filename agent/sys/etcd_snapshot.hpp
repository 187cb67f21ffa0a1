#pragma once
/// An etcd snapshot: a bbolt database and its SHA-256. Read whole, as a restore would have to.
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/byte_source.hpp"

namespace kgnode::sys {

struct EtcdContent {
  std::uint64_t buckets = 0;
  std::uint64_t keys = 0;      // of all buckets; each revision of a key counts
  std::uint64_t revision = 0;  // the highest
  /// What K3s keeps its CA under: /bootstrap/ and 12 digits made from the server token. Those that
  /// are not deleted.
  std::vector<std::string> bootstraps;
  bool operator==(const EtcdContent&) const = default;
};

struct EtcdSnapshot {
  bool hash_ok = false;
  std::string error;  // why it cannot be restored; empty: it can
  EtcdContent content;
  bool operator==(const EtcdSnapshot&) const = default;
};

/// An Error: it could not be read. What is wrong with what was read is in `error`.
Result<EtcdSnapshot> read_etcd_snapshot(const std::string& path);
EtcdSnapshot read_etcd_snapshot(ByteSource& source, std::uint64_t size);

/// The database alone, without the hash at its end.
Result<EtcdContent> read_etcd_database(ByteSource& source, std::uint64_t size);

}  // namespace kgnode::sys
