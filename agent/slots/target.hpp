#pragma once
/// Which slot an update goes to, or why it does not. Pure.
#include <span>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/slots/entries.hpp"
#include "agent/slots/manifest.hpp"
#include "agent/sys/disks.hpp"

namespace kgnode::slots {

/// What runs. Without a root hash this is no image with slots.
struct Running {
  std::string version;    // IMAGE_VERSION of os-release
  std::string root_hash;  // from the kernel's command line
  unsigned rollback_index = 0;
  std::string architecture;
};

struct Slot {
  const sys::BlockDevice* root = nullptr;
  const sys::BlockDevice* verity = nullptr;
};

struct Slots {
  std::string disk;  // its device file
  Slot running;
  Slot other;
};

/// As systemd-repart makes them of a root hash: the first half names the root partition, the second
/// half the one with the hashes (Discoverable Partitions Specification).
struct SlotUuids {
  std::string root;
  std::string verity;
};
SlotUuids uuids_of(std::string_view root_hash);

/// `devices` must outlive the result.
Result<Slots> find_slots(std::span<const sys::BlockDevice> devices, const Running& running);

/// Why this update may not be written to that slot; an Error that says what to do.
Result<> check_update(const Manifest& manifest, const Running& running, const Slot& target);

/// Why the machine may not go back to the other slot. The version it would go back to otherwise.
Result<std::string> check_rollback(std::span<const Entry> entries, const Running& running);

}  // namespace kgnode::slots
