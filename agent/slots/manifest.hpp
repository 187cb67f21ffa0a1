#pragma once
/// What an update says of itself: versions, and the parts of a slot in chunks that are known by
/// their hashes, so that each is verified before it is written and one that is there is not asked
/// for again.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::slots {

constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;  // bytes; the last of a part is shorter

struct Part {
  std::uint64_t size = 0;           // bytes
  std::vector<std::string> chunks;  // SHA-256 in hexadecimal; "0": nothing but zeros, not carried
  bool operator==(const Part&) const = default;

  std::uint64_t size_of(std::size_t chunk) const;
  bool is_zeros(std::size_t chunk) const { return chunks[chunk] == "0"; }
  std::uint64_t carried() const;  // bytes in the bundle
};

struct Manifest {
  std::string version;
  unsigned rollback_index = 0;  // a slot with a lower one may not follow
  std::string architecture;     // as systemd names it: "x86-64"
  std::string root_hash;        // of dm-verity, 64 hexadecimal digits
  Part root;
  Part verity;
  Part kernel;  // the file for the boot partition
  bool operator==(const Manifest&) const = default;
};

/// Refuses whatever does not fit together.
Result<Manifest> parse_manifest(std::string_view json);

/// Digits with dots, then perhaps "~" and letters or digits for what comes before a release; as
/// systemd-boot orders them (UAPI.10).
bool is_version(std::string_view text);
/// Below 0, 0, above 0. Both must be versions.
int compare_versions(std::string_view left, std::string_view right);

}  // namespace kgnode::slots
