#pragma once
/// What is on a block device: every signature, our marker, or nothing at all.
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/disks_sysfs.hpp"

namespace kgnode::sys {

/// An entry of a partition table.
struct TableEntry {
  unsigned number = 0;
  std::uint64_t start = 0;  // bytes
  std::string uuid;         // lower case
  std::string label;
  std::string type;  // of a GPT: a UUID, lower case
};

/// Memory for both ends of a device: made once, for touching fresh pages costs more than reading.
using ProbeMemory = std::vector<std::byte>;
inline ProbeMemory make_probe_memory() { return ProbeMemory(std::size_t{2} << 20); }

/// A device that was asked for its ends, and brings them while others are looked at.
struct Look {
  UniqueFd fd;
  std::string trouble;  // why nobody looks at it
};
Look begin_look(const KnownDevice& device);

/// Fills in content, signatures, marker, or why it was not read. Returns what its partition table
/// names, be it the second one.
std::vector<TableEntry> finish_look(KnownDevice& device, Look look, ProbeMemory& memory);

/// Signatures in a range of an open device; an Error when it cannot be read. Sorted by offset.
Result<std::vector<Signature>> list_signatures(int fd, std::uint64_t start, std::uint64_t size);

}  // namespace kgnode::sys
