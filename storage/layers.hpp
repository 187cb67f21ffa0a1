#pragma once
/// What lies on a data disk, from the outside in: partition, encryption, file system. Pure.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sys/disks.hpp"
#include "storage/identity.hpp"
#include "storage/judge.hpp"

namespace kgnode::storage {

struct Layers {
  const sys::BlockDevice* partition = nullptr;  // the one partition, when it is ours
  bool encrypted = false;                       // it carries our LUKS2 header
  const sys::BlockDevice* inner = nullptr;      // where a file system belongs; locked: none
  const sys::Signature* file_system = nullptr;  // ours
};
/// `devices` must outlive the result.
Layers find_layers(std::span<const sys::BlockDevice> devices, const sys::BlockDevice& disk,
                   const Identity& identity);

std::vector<const sys::BlockDevice*> partitions_of(std::span<const sys::BlockDevice> devices,
                                                   const sys::BlockDevice& disk);

/// Of our finished disk: "partition table", "file system", or empty, as it should be.
std::string what_is_lost(std::span<const sys::BlockDevice> devices, const Judged& judged,
                         std::string_view node);
/// Whether a person may have it prepared although there is something on it.
bool may_be_given_up(std::span<const sys::BlockDevice> devices, const Judged& judged,
                     std::string_view node);

}  // namespace kgnode::storage
