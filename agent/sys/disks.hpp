#pragma once
/// Block devices: as the kernel has them, what is on them, who uses them; and the writes that make
/// a data disk of one. Everything but grow_partition refuses a disk that is in use.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// What some program has left on a device: a file system, a partition table, a part of a RAID.
struct Signature {
  std::string type;  // as libblkid names it: "xfs", "gpt", "LVM2_member", "crypto_LUKS"
  std::string label;
  std::string uuid;
  std::uint64_t offset = 0;  // of its magic, bytes
  std::uint64_t size = 0;    // of a file system, bytes, as its superblock says; 0: not known
  bool operator==(const Signature&) const = default;
};

/// `stacked`: made of others (dm, md, bcache). `memory`: ram, zram. `network`: nbd, rbd, drbd.
enum class DeviceKind : std::uint8_t { disk, partition, loop, optical, stacked, memory, network };

/// What the first and the last MiB of a whole disk hold, but for our marker; of a partition:
/// unknown.
enum class Content : std::uint8_t { unknown, zeros, bytes };

struct BlockDevice {
  std::string name;  // the kernel's: "sdb1"
  std::string path;  // its file: "/dev/sdb1"; empty: there is none here
  DeviceKind kind = DeviceKind::disk;
  std::string disk;          // of a partition: the name of its disk
  unsigned partition = 0;    // its number, from 1
  std::uint64_t start = 0;   // of a partition, bytes
  std::uint64_t size = 0;    // bytes
  std::uint32_t sector = 0;  // logical, bytes
  bool read_only = false;
  bool removable = false;
  bool rotational = false;
  std::string model;
  std::string serial;
  std::string wwn;
  std::string transport;             // "virtio", "scsi", "sata", "nvme", "usb"; empty: not known
  std::vector<std::string> by_id;    // names below /dev/disk/by-id
  std::vector<std::string> by_path;  // names below /dev/disk/by-path
  std::string partition_uuid;        // as its table has it, lower case
  std::string partition_label;
  std::string partition_type;  // of a GPT: a UUID, lower case

  std::string mapping;               // its name to the device mapper
  std::vector<std::string> holders;  // names of devices that are made of it
  std::vector<std::string> mounts;   // where it is mounted, in whatever mount namespace
  bool swap = false;

  Content content = Content::unknown;
  std::vector<Signature> signatures;
  std::uint64_t table_size = 0;  // of the disk for which its GPT was written, bytes; 0: not known
  std::string marker;            // the text of our marker, whatever its state; empty: none
  std::string unreadable;        // why nobody looked at what is on it; empty: it was looked at
  bool operator==(const BlockDevice&) const = default;
};

/// The one partition of a data disk.
struct TablePlan {
  std::string disk_uuid;
  std::string partition_uuid;
  std::string partition_label;
  bool operator==(const TablePlan&) const = default;
};

/// A mounted file system.
struct Space {
  std::string device;           // the name of the block device; empty: it has none
  std::uint64_t total = 0;      // bytes
  std::uint64_t available = 0;  // bytes, for who is not root
  std::uint64_t files = 0;      // how many there can be; 0: the file system has no such limit
  std::uint64_t files_left = 0;
  bool read_only = false;
  std::string trouble;  // what reading from it said; empty: it could be read
  bool operator==(const Space&) const = default;
};

class Disks {
 public:
  /// Where a marker is kept: behind every partition table, in front of the first partition, and
  /// where no signature of others is.
  static constexpr std::uint64_t kMarkerOffset = std::uint64_t{512} << 10;
  static constexpr std::size_t kMarkerSize = 512;  // one write of a sector is all or nothing
  static constexpr std::size_t kMarkerTextMax = 464;
  /// The text of a marker that is there and cannot be read: such a disk is not blank.
  static constexpr std::string_view kMarkerDamaged = "damaged";

  virtual ~Disks() = default;

  /// All of them. Nothing is written, and a disk that sleeps is not woken. One that cannot be read
  /// says so; an Error: it cannot be told which there are, or who uses them.
  virtual Result<std::vector<BlockDevice>> list() = 0;
  /// What is mounted at exactly this folder; none when nothing is.
  virtual Result<std::optional<Space>> space(const std::string& mount_point) = 0;

  /// Each returns when the device has it. `path` is the file of a whole disk, not a link. The text
  /// of a marker is one printable line of at most kMarkerTextMax bytes.
  virtual Result<> write_marker(const std::string& path, std::string_view text) = 0;
  virtual Result<> remove_marker(const std::string& path) = 0;
  /// Removes every signature that libblkid finds on the disk and its partitions, and their table.
  virtual Result<> wipe(const std::string& path) = 0;
  /// A GPT with one partition from 1 MiB to the end.
  virtual Result<> write_table(const std::string& path, const TablePlan& plan) = 0;
  /// Moves the second header of a GPT to the end and lets partition 1 reach it, also while it is
  /// mounted. Mends a GPT of which one copy is left.
  virtual Result<> grow_partition(const std::string& path) = 0;
};

}  // namespace kgnode::sys
