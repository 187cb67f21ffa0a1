/// What lies on a data disk, from the outside in.
#include "storage/layers.hpp"

#include <algorithm>

namespace kgnode::storage {
namespace {

using Devices = std::span<const sys::BlockDevice>;

const sys::Signature* find_signature(const sys::BlockDevice& device, const std::string& uuid) {
  const auto found = std::ranges::find(device.signatures, uuid, &sys::Signature::uuid);
  return found == device.signatures.end() ? nullptr : &*found;
}

const sys::BlockDevice* find_mapped(Devices devices, const sys::BlockDevice& partition) {
  const auto found = std::ranges::find_if(devices, [&partition](const sys::BlockDevice& device) {
    return device.mapping == kMapping && std::ranges::contains(partition.holders, device.name);
  });
  return found == devices.end() ? nullptr : &*found;
}

}  // namespace

std::vector<const sys::BlockDevice*> partitions_of(Devices devices, const sys::BlockDevice& disk) {
  std::vector<const sys::BlockDevice*> partitions;
  for (const auto& device : devices) {
    if (device.disk == disk.name) partitions.push_back(&device);
  }
  return partitions;
}

Layers find_layers(Devices devices, const sys::BlockDevice& disk, const Identity& identity) {
  const auto partitions = partitions_of(devices, disk);
  if (partitions.size() != 1 || partitions.front()->partition_uuid != identity.partition) return {};
  Layers layers{.partition = partitions.front()};
  layers.encrypted = find_signature(*layers.partition, identity.container) != nullptr;
  layers.inner = layers.encrypted ? find_mapped(devices, *layers.partition) : layers.partition;
  if (layers.inner != nullptr)
    layers.file_system = find_signature(*layers.inner, identity.file_system);
  return layers;
}

std::string what_is_lost(Devices devices, const Judged& judged, std::string_view node) {
  if (judged.standing != Standing::ours) return {};
  const auto layers = find_layers(devices, *judged.disk, make_identity(node));
  if (layers.partition == nullptr) return "partition table";
  const bool locked = layers.encrypted && layers.inner == nullptr;
  return locked || layers.file_system != nullptr ? "" : "file system";
}

bool may_be_given_up(Devices devices, const Judged& judged, std::string_view node) {
  return judged.mismatches.empty() &&
         (judged.standing == Standing::foreign || !what_is_lost(devices, judged, node).empty());
}

}  // namespace kgnode::storage
