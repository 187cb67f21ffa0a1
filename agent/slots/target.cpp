/// Which slot an update goes to, or why it does not.
#include "agent/slots/target.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::slots {
namespace {

using sys::BlockDevice;

// Discoverable Partitions Specification.
constexpr std::string_view kRootType = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
constexpr std::string_view kVerityType = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5";

std::string to_uuid(std::string_view hex) {
  return std::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

/// The only other partition of this type on the same disk; null when there is none, or several.
const BlockDevice* find_other(std::span<const BlockDevice> devices, const BlockDevice& running) {
  const BlockDevice* other = nullptr;
  for (const auto& device : devices) {
    if (device.disk != running.disk || device.name == running.name ||
        device.partition_type != running.partition_type)
      continue;
    if (other != nullptr) return nullptr;
    other = &device;
  }
  return other;
}

const BlockDevice* find_partition(std::span<const BlockDevice> devices, std::string_view uuid,
                                  std::string_view type) {
  const auto found = std::ranges::find_if(devices, [uuid, type](const BlockDevice& device) {
    return device.partition_uuid == uuid && device.partition_type == type;
  });
  return found == devices.end() ? nullptr : &*found;
}

}  // namespace

SlotUuids uuids_of(std::string_view root_hash) {
  return {.root = to_uuid(root_hash.substr(0, 32)), .verity = to_uuid(root_hash.substr(32))};
}

Result<Slots> find_slots(std::span<const BlockDevice> devices, const Running& running) {
  if (running.root_hash.size() != 64) {
    return fail(Error::plain(
        "this node does not run from an image with two slots: update the package kgnode instead"));
  }
  const auto uuids = uuids_of(running.root_hash);
  Slots slots;
  slots.running.root = find_partition(devices, uuids.root, kRootType);
  slots.running.verity = find_partition(devices, uuids.verity, kVerityType);
  if (slots.running.root == nullptr || slots.running.verity == nullptr)
    return fail(Error::plain("the partitions of the running slot are not found: see lsblk"));
  slots.other.root = find_other(devices, *slots.running.root);
  slots.other.verity = find_other(devices, *slots.running.verity);
  if (slots.other.root == nullptr || slots.other.verity == nullptr) {
    return fail(Error::plain(std::format("{} has not exactly one other slot: flash the image anew",
                                         slots.running.root->disk)));
  }
  const auto disk = std::ranges::find(devices, slots.running.root->disk, &BlockDevice::name);
  if (disk == devices.end() || disk->path.empty())
    return fail(Error::plain("the disk of the running slot has no device file: see lsblk"));
  slots.disk = disk->path;
  return slots;
}

Result<> check_update(const Manifest& manifest, const Running& running, const Slot& target) {
  if (manifest.architecture != running.architecture) {
    return fail(
        Error::plain(std::format("the update is for {}, and this is {}: get the other one",
                                 quote(printable(manifest.architecture)), running.architecture)));
  }
  if (manifest.rollback_index < running.rollback_index) {
    return fail(Error::plain(
        std::format("version {} has the rollback index {}, and this node has seen {}: versions "
                    "before it have known holes and are not installed any more",
                    manifest.version, manifest.rollback_index, running.rollback_index)));
  }
  if (compare_versions(manifest.version, running.version) <= 0) {
    return fail(Error::plain(std::format(
        "version {} is not newer than {}, which runs; kgnode rollback goes to the other slot",
        manifest.version, running.version)));
  }
  const std::pair<const BlockDevice*, const Part*> places[] = {{target.root, &manifest.root},
                                                               {target.verity, &manifest.verity}};
  for (const auto& [partition, part] : places) {
    if (part->size <= partition->size) continue;
    return fail(
        Error::plain(std::format("{} has {} bytes, and the update takes {}: flash the image",
                                 partition->name, partition->size, part->size)));
  }
  if (!target.root->mounts.empty() || !target.root->holders.empty() ||
      !target.verity->holders.empty()) {
    return fail(Error::plain(std::format(
        "{} is in use, although it is not the running slot: see lsblk", target.root->name)));
  }
  return {};
}

Result<std::string> check_rollback(std::span<const Entry> entries, const Running& running) {
  for (const auto& entry : entries) {
    if (entry.version == running.version) continue;
    if (entry.is_good()) return entry.version;
    return fail(
        Error::plain(std::format("version {} in the other slot was never good{}: it is not "
                                 "gone back to",
                                 entry.version, entry.has_failed() ? ", and has failed" : "")));
  }
  return fail(Error::plain("there is nothing in the other slot to go back to"));
}

}  // namespace kgnode::slots
