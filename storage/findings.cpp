/// How the data disk is, beyond what a step can mend.
#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "storage/storage.hpp"

namespace kgnode::storage {
namespace {

using core::Finding;
using sys::BlockDevice;

// Longhorn stops placing replicas on a disk with less than a quarter free by default.
constexpr std::uint64_t kLowPercent = 10;

// Drives differ in what they call the end; most makers' warranty ends at 100.
constexpr unsigned kWornPercent = 90;

void add_space(std::vector<Finding>& all, const sys::Space& space) {
  if (!space.trouble.empty()) {
    all.push_back({.id = "storage.io_error",
                   .text = std::format("{} cannot be read: {}", kMountPoint, space.trouble),
                   .remedy = "see journalctl -k for the device; restore the volume"});
  }
  if (space.read_only) {
    all.push_back(
        {.id = "storage.read_only",
         .text = std::format("{} is read-only, which the kernel does after an error", kMountPoint),
         .remedy = "see journalctl -k, then repair the file system and reboot"});
  }
  if (space.total > 0 && space.available < space.total / 100 * kLowPercent) {
    all.push_back({.id = "storage.full",
                   .text = std::format("{} has {} of {} left", kMountPoint,
                                       show_size(space.available), show_size(space.total)),
                   .remedy = "enlarge the volume; it is grown online"});
  }
  if (space.files > 0 && space.files_left < space.files / 100 * kLowPercent) {
    all.push_back({.id = "storage.files",
                   .text = std::format("{} has room for {} more files of {}, however small",
                                       kMountPoint, space.files_left, space.files),
                   .remedy = "remove files that nobody needs, or enlarge the volume"});
  }
}

/// A mount stays when its device is torn out, and so does what is in the page cache.
void add_gone(std::vector<Finding>& all, const Storage::Observed& have) {
  if (!have.space || std::ranges::contains(have.devices, have.space->device, &BlockDevice::name))
    return;
  all.push_back({.id = "storage.gone",
                 .text = std::format("there is no disk behind what is mounted at {}", kMountPoint),
                 .remedy = "attach the volume again, then reboot the node: what is mounted does "
                           "not find it again"});
}

std::vector<std::string> name_warnings(unsigned bits) {
  // NVMe 2.0, figure 207: Critical Warning.
  constexpr std::array kWarnings = {
      "its spare blocks run out",    "it is too hot or too cold",
      "it is unreliable by now",     "it takes no more writes",
      "a power cut loses its cache", "its persistent memory takes no more writes"};
  std::vector<std::string> names;
  for (std::size_t bit = 0; bit < kWarnings.size(); ++bit) {
    if ((bits >> bit & 1U) != 0) names.emplace_back(kWarnings.at(bit));
  }
  return names;
}

std::vector<std::string> complaints_of(const sys::SmartReport& report) {
  auto complaints = name_warnings(report.warnings);
  if (report.passed == false) complaints.emplace_back("it says that it is failing");
  if (report.lost > 0)
    complaints.push_back(std::format("{} places of it could not be read or written", report.lost));
  if (report.used.value_or(0) >= kWornPercent)
    complaints.push_back(std::format("{} % of its rated life is used", *report.used));
  for (const auto& attribute : report.failing)
    complaints.push_back(attribute + " is past its threshold");
  return complaints;
}

Finding judge_drive(const DriveHealth& drive) {
  using State = sys::SmartReport::State;
  const auto& smart = drive.smart;
  Finding finding{.id = "storage.smart." + drive.disk, .kind = core::FindingKind::unknown};
  if (smart.state == State::asleep) {
    finding.text = drive.disk + " is asleep, so it was not asked how it is";
    finding.remedy = "it is asked again when an hour has passed";
    return finding;
  }
  if (smart.state == State::unavailable) {
    finding.text = std::format("{} does not tell how it is: {}", drive.disk, smart.trouble);
    finding.remedy = "of a virtual disk its provider knows; else see smartctl -x";
    return finding;
  }
  const auto complaints = complaints_of(smart);
  if (complaints.empty()) {
    return {
        .id = std::move(finding.id),
        .kind = core::FindingKind::pass,
        .text = std::format("{} says that it is well, after {} hours", drive.disk, smart.hours)};
  }
  return {.id = std::move(finding.id),
          .text = std::format("the drive {}: {}", drive.disk, join(complaints, ", ")),
          .remedy =
              "have Longhorn move its replicas to other nodes, then replace the drive; "
              "smartctl -x shows all of it"};
}

void add_health(std::vector<Finding>& all, const Health& health) {
  if (!health.trouble.empty()) {
    all.push_back({.id = "storage.health",
                   .kind = core::FindingKind::unknown,
                   .text = "errors of the disks cannot be told: " + health.trouble,
                   .remedy = "see journalctl -k"});
  }
  for (const auto& drive : health.drives) {
    all.push_back(judge_drive(drive));
    if (drive.errors == CommandErrors{}) continue;
    all.push_back({.id = "storage.commands." + drive.disk,
                   .text = std::format("since the agent started, {} commands to {} failed and {} "
                                       "were not answered in time",
                                       drive.errors.failed, drive.disk, drive.errors.timed_out),
                   .remedy = "see journalctl -k for the disk; replace it, or ask its provider"});
  }
  for (const auto& one : health.file_systems) {
    all.push_back({.id = "storage.file_system_errors." + one.device,
                   .text = std::format(
                       "ext4 on {} has recorded {} errors, the last in {}", one.device, one.count,
                       one.function.empty() ? "a place it does not name" : one.function),
                   .remedy = "back up, unmount it, and run e2fsck -f on it"});
  }
}

}  // namespace

std::vector<Finding> Storage::findings(const Desired& want, const Observed& have) {
  std::vector<Finding> all;
  if (!want.disk) return all;
  if (have.space) add_space(all, *have.space);
  add_gone(all, have);
  add_health(all, have.health);
  for (const auto& device : have.devices) {
    if (device.kind != sys::DeviceKind::disk || device.unreadable.empty()) continue;
    all.push_back({.id = "storage.unreadable." + device.name,
                   .kind = core::FindingKind::unknown,
                   .text = std::format("{} could not be read: {}", describe(device),
                                       printable(device.unreadable)),
                   .remedy = "see journalctl -k for the device"});
  }
  return all;
}

}  // namespace kgnode::storage
