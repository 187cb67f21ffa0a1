/// From what is on the disks to what is still to be done. A disk is claimed before anything else is
/// written to it, and is ours to lose nothing on only when it is finished; so whatever interrupts
/// us leaves a disk that is untouched, or one that says how far it came.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "storage/layers.hpp"
#include "storage/storage.hpp"

namespace kgnode::storage {
namespace {

using Action = Storage::Action;
using Steps = std::vector<Storage::Step>;
using sys::BlockDevice;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
// The entries and the header of the second table; the last whole MiB before them ends the
// partition.
constexpr std::uint64_t kTableSectors = 33;
// What cryptsetup keeps in front of the data of a LUKS2 device.
constexpr std::uint64_t kLuksHeader = 16 * kMebibyte;
// Less is not worth a step, and less than an allocation group XFS cannot use.
constexpr std::uint64_t kWorthwhile = 64 * kMebibyte;

using Devices = std::span<const BlockDevice>;

bool is_table_torn(Devices devices, const BlockDevice& disk) {
  return partitions_of(devices, disk).empty() &&
         std::ranges::contains(disk.signatures, "gpt", &sys::Signature::type);
}

std::uint64_t usable_end(const BlockDevice& disk) {
  const auto table = kTableSectors * std::max<std::uint64_t>(disk.sector, 512);
  return disk.size <= table ? 0 : (disk.size - table) / kMebibyte * kMebibyte;
}

void plan_units(Steps& steps, const Storage::Desired& want, const Storage::Observed& have) {
  bool changed = false;
  for (const auto& [path, text] : unit_files(want)) {
    const auto& now = have.files.at(path);
    if (now == text) continue;
    steps.push_back({Action::write_file, path, now.value_or(""), text});
    changed = true;
  }
  if (changed || have.unit_state == "not-found") steps.push_back({Action::load_units});
}

void plan_mount(Steps& steps, const Storage::Observed& have) {
  if (have.space) return;
  if (!have.beneath.empty()) {
    steps.push_back(
        {Action::refuse,
         std::format("{} has files on the system's disk ({}, ...), which mounting would hide: move "
                     "them away, then run kgnode apply",
                     kMountPoint, quote(printable(have.beneath.front())))});
    return;
  }
  steps.push_back({Action::mount, std::string(Storage::kUnit)});
}

void refuse(Steps& steps, std::string why) { steps.push_back({Action::refuse, std::move(why)}); }

void plan_table(Steps& steps, const Judged& chosen, const Layers& layers) {
  const auto& disk = *chosen.disk;
  if (layers.partition != nullptr && chosen.standing != Standing::foreign) return;
  if (chosen.standing != Standing::blank)
    steps.push_back({Action::wipe, disk.name, join(chosen.reasons, ", "), ""});
  steps.push_back(
      {Action::partition, disk.name, "",
       std::format("GPT, one partition of {}",
                   show_size(usable_end(disk) - std::min(usable_end(disk), kMebibyte)))});
}

void plan_encryption(Steps& steps, const Storage::Desired& want, const BlockDevice& disk) {
  steps.push_back(
      {Action::encrypt, disk.name, "", "LUKS2, UUID " + make_identity(want.node).container});
  if (want.encryption->tpm2)
    steps.push_back({Action::enroll, disk.name, "", "a key that the TPM of this machine holds"});
  steps.push_back({Action::unlock, disk.name});
}

void plan_preparation(Steps& steps, const Storage::Desired& want, const Storage::Observed& have,
                      const Judged& chosen) {
  if (have.space) {
    // Of a data disk that was torn out while it was mounted; a second one would be a rival to it.
    return refuse(
        steps, std::format(
                   "{} is mounted at {} already, so {} is not prepared: unmount it",
                   have.space->device.empty() ? "a device that is gone" : quote(have.space->device),
                   kMountPoint, describe(*chosen.disk)));
  }
  if (want.encryption && !want.encryption->passphrase) {
    return refuse(steps,
                  std::format("{} is to be encrypted, which takes "
                              "storage.encryption.passphrase: it is what opens the disk when "
                              "the TPM does not",
                              describe(*chosen.disk)));
  }
  const auto& disk = *chosen.disk;
  const auto identity = make_identity(want.node);
  const auto layers = find_layers(have.devices, disk, identity);
  const auto what = std::format("{}, {}", describe(disk), to_string(chosen.standing));
  if (chosen.standing != Standing::unfinished) {
    steps.push_back({Action::claim, disk.name, what,
                     to_text({.node = want.node, .progress = Progress::preparing})});
  }
  if (layers.encrypted && layers.inner != nullptr) steps.push_back({Action::lock, disk.name});
  plan_table(steps, chosen, layers);
  if (want.encryption) plan_encryption(steps, want, disk);
  steps.push_back({Action::format, disk.name, "",
                   std::format("{}, label {}, UUID {}", to_string(want.file_system),
                               Storage::kLabel, identity.file_system)});
  // The marker is written to a disk that nobody uses.
  if (want.encryption) steps.push_back({Action::lock, disk.name});
  steps.push_back(
      {Action::finish, disk.name, "", to_text({.node = want.node, .progress = Progress::ready})});
  if (want.encryption) steps.push_back({Action::unlock, disk.name});
}

void plan_growth(Steps& steps, const Storage::Desired& want, const BlockDevice& disk,
                 const Layers& layers) {
  const auto& partition = *layers.partition;
  const auto& inner = *layers.inner;
  const auto end = partition.start + partition.size;
  const bool longer = usable_end(disk) >= end + kWorthwhile;
  if (longer) {
    steps.push_back({Action::grow_partition, disk.name, show_size(partition.size),
                     show_size(usable_end(disk) - partition.start)});
  }
  const bool roomy = longer || partition.size >= inner.size + kLuksHeader + kWorthwhile;
  if (layers.encrypted && roomy)
    steps.push_back({Action::grow_container, disk.name, show_size(inner.size)});
  const auto size = layers.file_system->size;
  const bool wider = size > 0 && inner.size >= size + kWorthwhile;
  if (roomy || wider)
    steps.push_back({Action::grow_file_system, inner.name, show_size(size),
                     std::string(to_string(want.file_system))});
}

std::string shrunk(const BlockDevice& disk, std::uint64_t size) {
  return std::format(
      "the data disk {} is smaller than its partition, so its end is gone: make the volume as "
      "large as it was ({}) before anything writes to it",
      describe(disk), show_size(size));
}

/// Why the disk is not as the configuration has it; empty: it is.
std::string find_mismatch(const Storage::Desired& want, const Storage::Observed& have,
                          const BlockDevice& disk, const Layers& layers) {
  const auto& partition = *layers.partition;
  if (const auto end = partition.start + partition.size; end > disk.size) return shrunk(disk, end);
  if (layers.encrypted != want.encryption.has_value()) {
    return std::format("the data disk {} was prepared {} encryption, which is fixed since: {}",
                       describe(disk), layers.encrypted ? "with" : "without",
                       layers.encrypted ? "set storage.encryption" : "take storage.encryption out");
  }
  if (layers.inner == nullptr) return {};
  const auto& type = layers.file_system->type;
  if (type != to_string(want.file_system)) {
    return std::format(
        "the data disk {} has {}, which is fixed since it was prepared: set storage.file_system = "
        "\"{}\"",
        describe(disk), type, type);
  }
  if (have.space && have.space->device != layers.inner->name) {
    return std::format("{} is mounted at {}, not the data disk {}: unmount it",
                       quote(have.space->device), kMountPoint, disk.name);
  }
  return {};
}

void plan_ours(Steps& steps, const Storage::Desired& want, const Storage::Observed& have,
               const BlockDevice& disk) {
  const auto layers = find_layers(have.devices, disk, make_identity(want.node));
  if (auto why = find_mismatch(want, have, disk, layers); !why.empty())
    return refuse(steps, std::move(why));
  if (layers.inner == nullptr) steps.push_back({Action::unlock, disk.name});
  plan_mount(steps, have);
  if (layers.inner != nullptr) plan_growth(steps, want, disk, layers);
}

}  // namespace

std::vector<Storage::Step> Storage::plan(const Desired& want, const Observed& have) {
  Steps steps;
  if (!want.disk) return steps;
  if (!have.rescue.empty()) {
    refuse(steps, "this is a rescue system (" + have.rescue + "), where no disk is touched");
    return steps;
  }
  const auto judged = judge(have.devices, want.disk, want.node);
  const auto choice = choose(judged, have.devices, have.approved);
  plan_units(steps, want, have);
  if (choice.chosen == nullptr) {
    refuse(steps, choice.refusal);
    return steps;
  }
  auto chosen = *choice.chosen;
  const auto lost = what_is_lost(have.devices, chosen, want.node);
  if (!lost.empty() && have.approved == fingerprint(have.devices, *chosen.disk))
    chosen.standing = Standing::foreign;
  const bool is_ours = chosen.standing == Standing::ours;
  if (is_ours && !lost.empty() && chosen.disk->table_size > chosen.disk->size) {
    refuse(steps, shrunk(*chosen.disk, chosen.disk->table_size));
  } else if (is_ours && is_table_torn(have.devices, *chosen.disk)) {
    // Of a table whose growth was cut short the kernel shows nothing; growing it again mends it.
    steps.push_back({Action::grow_partition, chosen.disk->name});
  } else if (!is_ours) {
    plan_preparation(steps, want, have, chosen);
    plan_mount(steps, have);
  } else if (lost.empty()) {
    plan_ours(steps, want, have, *chosen.disk);
  } else {
    refuse(steps,
           std::format("the data disk {} has lost its {}, and nothing is done to it: restore "
                       "it, or see kgnode storage plan for what giving it up would mean",
                       describe(*chosen.disk), lost));
  }
  return steps;
}

}  // namespace kgnode::storage
