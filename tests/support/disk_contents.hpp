#pragma once
/// What the programs of others leave on a disk, made by those programs.
#include <algorithm>
#include <set>
#include <utility>

#include "tests/support/loop_disk.hpp"

namespace test {

using Found = std::pair<std::uint64_t, std::string>;  // offset, type

struct Maker {
  std::string name;
  std::vector<std::string> argv;  // DISK is the device
  std::set<Found> expected;       // among others
};

inline std::vector<std::string> for_disk(std::vector<std::string> argv, const LoopDisk& disk) {
  for (auto& word : argv) {
    for (auto at = word.find("DISK"); at != std::string::npos; at = word.find("DISK"))
      word.replace(at, 4, disk.path());
  }
  return argv;
}

inline std::vector<std::string> shell(const std::string& text) {
  return {"/bin/bash", "-ec", text};
}

constexpr std::string_view kLuks =
    "echo -n secret | cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations "
    "1000 ";

inline std::vector<Maker> makers(std::uint64_t size) {
  return {
      {"xfs", {"/usr/sbin/mkfs.xfs", "-q", "DISK"}, {{0, "xfs"}}},
      {"ext4", {"/usr/sbin/mkfs.ext4", "-q", "-F", "DISK"}, {{0x438, "ext4"}}},
      {"vfat", {"/usr/sbin/mkfs.vfat", "-I", "DISK"}, {{0x36, "vfat"}, {0x1fe, "vfat"}}},
      {"btrfs", {"/usr/sbin/mkfs.btrfs", "-q", "DISK"}, {{0x10040, "btrfs"}}},
      {"swap", {"/usr/sbin/mkswap", "-q", "DISK"}, {{0xff6, "swap"}}},
      {"dos", shell("printf 'label: dos\n,,L\n' | sfdisk -q DISK || true"), {{0x1fe, "dos"}}},
      {"gpt",
       shell("printf 'label: gpt\n,,L\n' | sfdisk -q DISK || true"),
       {{0x200, "gpt"}, {size - 512, "gpt"}, {0x1fe, "PMBR"}}},
      {"gpt of which the backup is left",
       shell("printf 'label: gpt\n,,L\n' | sfdisk -q DISK || true; "
             "dd if=/dev/zero of=DISK bs=1M count=1 conv=fsync status=none"),
       {{size - 512, "gpt"}}},
      {"iso9660",
       shell("f=$(mktemp); xorriso -as mkisofs -quiet -V config-2 -o $f " TEST_DATA
             "/firstboot/ovh-bgpovs; "
             "dd if=$f of=DISK conv=fsync status=none; rm $f"),
       {{0x8001, "iso9660"}}},
      {"LVM",
       shell("pvcreate -q -y --config 'global{use_lvmlockd=0} devices{use_devicesfile=0 "
             "scan_lvs=1} activation{udev_sync=0 udev_rules=0}' DISK"),
       {{0x218, "LVM2_member"}}},
      {"LUKS2",
       shell(std::string(kLuks) + "--type luks2 DISK -"),
       {{0, "crypto_LUKS"}, {0x4000, "crypto_LUKS"}}},
      {"LUKS1", shell(std::string(kLuks) + "--type luks1 DISK -"), {{0, "crypto_LUKS"}}},
  };
}

inline std::string little_endian(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A number of a ZFS label: XDR, so big endian; size, decoded size, name, type, count, value.
inline std::string zfs_pair(const std::string& name, std::uint64_t value) {
  const auto big_endian = [](std::uint64_t number, std::size_t size) {
    auto bytes = little_endian(number, size);
    std::ranges::reverse(bytes);
    return bytes;
  };
  const auto padded = name + std::string((4 - name.size() % 4) % 4, '\0');
  const auto size = big_endian(28 + padded.size(), 4);
  return size + size + big_endian(name.size(), 4) + padded + big_endian(8, 4) + big_endian(1, 4) +
         big_endian(value, 8);
}

/// Of what no tool can write here.
struct Header {
  std::string type;
  std::uint64_t offset = 0;  // of its magic
  std::vector<std::pair<std::uint64_t, std::string>> bytes;
};

inline std::vector<Header> headers() {
  constexpr std::uint64_t kZfs = std::uint64_t{16} << 10;
  std::string raid(256, '\0');
  raid.replace(0, 8, little_endian(0xa92b4efc, 4) + little_endian(1, 4));
  raid.replace(144, 8, little_endian(8, 8));  // in sectors, where it is itself
  return {{"linux_raid_member", 4096, {{4096, raid}}},
          {"bcache",
           4096 + 24,
           {{4096 + 8, little_endian(8, 8)},
            {4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"}}},
          {"zfs_member",
           kZfs,
           {{kZfs, std::string("\1\1", 2) + std::string(10, '\0') + zfs_pair("guid", 4711) +
                       zfs_pair("state", 0) + zfs_pair("txg", 4)}}}};
}

inline void put_header(const LoopDisk& disk, const Header& header) {
  for (const auto& [offset, bytes] : header.bytes) disk.put(offset, bytes);
}

/// Sectors written since boot, from the kernel's statistics; what is only flushed does not count.
inline std::uint64_t writes_of(const LoopDisk& disk) {
  std::ifstream file("/sys/class/block/" + disk.name() + "/stat");
  std::uint64_t value = 0;
  for (int i = 0; i < 7; ++i) file >> value;
  return value;
}

}  // namespace test
