#pragma once
/// Which disk may become the data disk, and why not the others. Pure.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/sys/disks.hpp"

namespace kgnode::storage {

constexpr std::string_view kMountPoint = "/var/lib/longhorn";
constexpr std::uint64_t kLeast = std::uint64_t{512} << 20;  // mkfs.xfs wants 300 MiB
/// The name of the opened data disk to the device mapper.
constexpr std::string_view kMapping = "kgnode-data";

/// `blank`: nothing but zeros where anything would show. `foreign`: something is on it that a
/// person may give up. `ours`: this node's data disk. `unfinished`: the same, not ready yet.
/// `unusable`: in use, another node's, or not to be had.
enum class Standing : std::uint8_t { blank, foreign, ours, unfinished, unusable };
std::string_view to_string(Standing standing);

struct Judged {
  const sys::BlockDevice* disk = nullptr;
  Standing standing = Standing::unusable;
  bool is_marked = false;               // as this node's, whatever its standing
  std::vector<std::string> reasons;     // why it is not blank
  std::vector<std::string> mismatches;  // criteria of the configuration that it does not meet
};

/// Every whole disk, in the order given. Without `wanted` nothing is a mismatch. `devices` must
/// outlive the result.
std::vector<Judged> judge(std::span<const sys::BlockDevice> devices,
                          const std::optional<config::Disk>& wanted, std::string_view node);

/// The disk, its partitions, and all that is made of them. `devices` must outlive the result.
std::vector<const sys::BlockDevice*> built_on(std::span<const sys::BlockDevice> devices,
                                              const sys::BlockDevice& disk);

/// Names a disk and everything that would be lost on it: changes when any of it does.
std::string fingerprint(std::span<const sys::BlockDevice> devices, const sys::BlockDevice& disk);

struct Choice {
  const Judged* chosen = nullptr;
  std::string refusal;  // why there is none: every disk, and why it lost
};
/// Exactly one, or none. `approved`: the fingerprint of a disk whose content was given up.
Choice choose(std::span<const Judged> judged, std::span<const sys::BlockDevice> devices,
              std::string_view approved);

/// "sdb (100 GiB, QEMU HARDDISK, serial 1234)"
std::string describe(const sys::BlockDevice& disk);
/// "107.4 GB" would be a lie to who bought 100 GiB: binary units, one decimal.
std::string show_size(std::uint64_t bytes);

}  // namespace kgnode::storage
