/// What is on a disk, who uses it, and whether it is the one.
#include "storage/judge.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <set>

#include "agent/base/text.hpp"
#include "agent/sys/sha256.hpp"
#include "storage/identity.hpp"

namespace kgnode::storage {
namespace {

using Devices = std::span<const sys::BlockDevice>;
using sys::BlockDevice, sys::DeviceKind;

const BlockDevice* find(Devices devices, std::string_view name) {
  const auto found = std::ranges::find(devices, name, &BlockDevice::name);
  return found == devices.end() ? nullptr : &*found;
}

std::string subject(const BlockDevice& device, const BlockDevice& disk) {
  return &device == &disk ? std::string() : device.name + " ";
}

/// Uses that forbid to touch the disk. `ours`: it is one that we began, so that its encryption may
/// be open since we were interrupted.
std::vector<std::string> uses(Devices devices, const BlockDevice& disk, bool ours) {
  std::vector<std::string> reasons;
  for (const auto* device : built_on(devices, disk)) {
    const auto who = subject(*device, disk);
    if (!device->mounts.empty())
      reasons.push_back(std::format("{}is mounted at {}", who, quote(device->mounts.front())));
    if (device->swap) reasons.push_back(who + "is swap");
    for (const auto& holder : device->holders) {
      const auto* made = find(devices, holder);
      if (ours && made != nullptr && made->mapping == kMapping) continue;
      reasons.push_back(std::format("{}is a part of {}", who, holder));
    }
  }
  return reasons;
}

/// What makes it impossible to use the disk, whoever owns it.
std::vector<std::string> obstacles(const BlockDevice& disk) {
  std::vector<std::string> reasons;
  if (disk.path.empty()) reasons.emplace_back("has no device file here");
  if (disk.read_only) reasons.emplace_back("is read-only");
  if (disk.removable) reasons.emplace_back("is removable");
  if (!disk.path.empty() && !disk.unreadable.empty())
    reasons.push_back("could not be read: " + disk.unreadable);
  if (disk.size < kLeast) reasons.push_back("is smaller than " + show_size(kLeast));
  return reasons;
}

void add_signatures(std::vector<std::string>& found, const BlockDevice& device,
                    const BlockDevice& disk) {
  for (const auto& signature : device.signatures) {
    const auto label = signature.label.empty() ? "" : " " + quote(printable(signature.label));
    found.push_back(std::format("{}carries {}{}", subject(device, disk), signature.type, label));
  }
}

std::vector<std::string> contents(Devices devices, const BlockDevice& disk) {
  std::vector<std::string> found;
  add_signatures(found, disk, disk);
  for (const auto& device : devices) {
    if (device.disk != disk.name) continue;
    add_signatures(found, device, disk);
    if (device.signatures.empty()) found.push_back("has the partition " + device.name);
    if (!device.unreadable.empty())
      found.push_back(device.name + " could not be read: " + device.unreadable);
  }
  if (found.empty() && disk.content != sys::Content::zeros)
    found.emplace_back("is not blank, although no signature is known of what is on it");
  return found;
}

void judge_by_marker(Judged& judged, std::string_view node) {
  const auto& text = judged.disk->marker;
  const auto marker = parse_marker(text);
  if (!marker) {
    judged.standing = Standing::foreign;
    judged.reasons.push_back("has a damaged marker of a data disk: " + quote(text));
  } else if (marker->node != node) {
    judged.standing = Standing::foreign;
    judged.reasons.push_back("is the data disk of node " + quote(marker->node));
  } else {
    judged.standing = marker->progress == Progress::ready ? Standing::ours : Standing::unfinished;
  }
}

void judge_one(Judged& judged, Devices devices, std::string_view node) {
  const auto& disk = *judged.disk;
  const auto marker = parse_marker(disk.marker);
  judged.is_marked = marker && marker->node == node;
  judged.reasons = obstacles(disk);
  if (!judged.reasons.empty()) return;
  if (!disk.marker.empty()) judge_by_marker(judged, node);
  if (judged.standing == Standing::ours) return;  // whoever uses it uses our data
  const auto in_use =
      uses(devices, disk, !disk.marker.empty() && judged.standing == Standing::unfinished);
  if (!in_use.empty()) {
    judged.standing = Standing::unusable;
    judged.reasons.insert(judged.reasons.end(), in_use.begin(), in_use.end());
    return;
  }
  if (!disk.marker.empty()) return;
  judged.reasons = contents(devices, disk);
  judged.standing = judged.reasons.empty() ? Standing::blank : Standing::foreign;
}

bool is_path_of(const BlockDevice& disk, const std::string& path) {
  constexpr std::array kLinks = {
      std::pair{std::string_view("/dev/disk/by-id/"), &BlockDevice::by_id},
      std::pair{std::string_view("/dev/disk/by-path/"), &BlockDevice::by_path}};
  return disk.path == path || std::ranges::any_of(kLinks, [&disk, &path](const auto& link) {
           return path.starts_with(link.first) &&
                  std::ranges::contains(disk.*(link.second), path.substr(link.first.size()));
         });
}

std::vector<std::string> compare(const BlockDevice& disk, const config::Disk& wanted) {
  std::vector<std::string> differences;
  const auto expect = [&differences](std::string_view what, const std::string& should, bool is_so,
                                     const std::string& is) {
    if (should.empty() || is_so) return;
    differences.push_back(std::format("its {} is {}, not {}", what,
                                      is.empty() ? "not known" : quote(printable(is)),
                                      quote(should)));
  };
  if (wanted.min_size && disk.size < wanted.min_size->count)
    differences.push_back("is smaller than " + kgnode::to_string(*wanted.min_size));
  expect("serial", wanted.serial, disk.serial == wanted.serial, disk.serial);
  expect("transport", wanted.transport, disk.transport == wanted.transport, disk.transport);
  expect("by-id", wanted.by_id, std::ranges::contains(disk.by_id, wanted.by_id),
         join(disk.by_id, " "));
  expect("by-path", wanted.by_path, std::ranges::contains(disk.by_path, wanted.by_path),
         join(disk.by_path, " "));
  expect("path", wanted.path, is_path_of(disk, wanted.path), disk.path);
  // On a server a loop device is a file that somebody else made a device of.
  if (disk.kind == DeviceKind::loop && wanted.path.empty())
    differences.emplace_back("is a loop device, which only its path selects");
  return differences;
}

}  // namespace

std::string_view to_string(Standing standing) {
  using enum Standing;
  switch (standing) {
    case blank:
      return "eligible";
    case foreign:
      return "not blank";
    case ours:
      return "ours";
    case unfinished:
      return "ours, unfinished";
    case unusable:
      return "not eligible";
  }
  return "";
}

std::vector<const BlockDevice*> built_on(Devices devices, const BlockDevice& disk) {
  std::vector<const BlockDevice*> all{&disk};
  for (const auto& device : devices) {
    if (device.disk == disk.name) all.push_back(&device);
  }
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto& holder : all[i]->holders) {
      const auto* device = seen.insert(holder).second ? find(devices, holder) : nullptr;
      if (device != nullptr) all.push_back(device);
    }
  }
  return all;
}

std::vector<Judged> judge(Devices devices, const std::optional<config::Disk>& wanted,
                          std::string_view node) {
  std::vector<Judged> all;
  for (const auto& device : devices) {
    if (device.kind != DeviceKind::disk && device.kind != DeviceKind::loop) continue;
    Judged judged{.disk = &device};
    judge_one(judged, devices, node);
    if (wanted) judged.mismatches = compare(device, *wanted);
    all.push_back(std::move(judged));
  }
  return all;
}

std::string fingerprint(Devices devices, const BlockDevice& disk) {
  auto text = std::format("{}|{}|{}|{}|{}|{}", disk.name, disk.path, disk.size, disk.serial,
                          disk.wwn, disk.marker);
  for (const auto& device : devices) {
    if (&device != &disk && device.disk != disk.name) continue;
    text += std::format("\n{}|{}|{}", device.name, device.start, device.size);
    for (const auto& signature : device.signatures) {
      text += std::format("|{} {} {} {}", signature.type, signature.offset, signature.uuid,
                          signature.label);
    }
  }
  return sys::sha256_hex(text).substr(0, 12);
}

std::string describe(const BlockDevice& disk) {
  auto text = std::format("{} ({}", disk.name, show_size(disk.size));
  if (!disk.model.empty()) text += ", " + printable(disk.model);
  if (!disk.serial.empty()) text += ", serial " + printable(disk.serial);
  return text + ")";
}

std::string show_size(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  auto size = static_cast<double>(bytes);
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  const auto text = std::format("{:.1f}", size);
  return std::format("{} {}", text.ends_with(".0") ? text.substr(0, text.size() - 2) : text,
                     kUnits.at(unit));
}

}  // namespace kgnode::storage
