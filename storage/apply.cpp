/// One step. Each write checks again that nobody uses the disk; what it finds is the kernel's word.
#include <array>
#include <format>

#include "storage/storage.hpp"

namespace kgnode::storage {
namespace {

constexpr std::chrono::minutes kLimit{10};

std::vector<std::string> format_command(config::FileSystem type, const std::string& uuid,
                                        const std::string& device) {
  const std::string label(Storage::kLabel);
  // The volumes of a provider need no discard, which would take minutes on some.
  if (type == config::FileSystem::xfs) {
    return {"/usr/sbin/mkfs.xfs", "-f", "-q", "-K", "-L", label, "-m", "uuid=" + uuid, device};
  }
  return {"/usr/sbin/mkfs.ext4", "-F", "-q",  "-m", "0",  "-E",
          "nodiscard",           "-L", label, "-U", uuid, device};
}

const sys::BlockDevice* find_device(std::span<const sys::BlockDevice> devices,
                                    std::string_view name) {
  for (const auto& device : devices) {
    if (device.name == name) return &device;
  }
  return nullptr;
}

Error gone(const std::string& device) {
  return Error::plain(device + " is gone: attach it again, and it is looked at anew");
}

}  // namespace

Task<Result<>> Storage::run(std::vector<std::string> argv, std::string input) {
  sys::Command command{.argv = std::move(argv), .input = std::move(input), .limit = kLimit};
  co_return co_await sys::run_to_success(processes_, std::move(command));
}

Task<Result<>> Storage::load_units() {
  std::vector<std::string> command{"/usr/bin/systemctl", "daemon-reload"};
  co_return co_await run(std::move(command));
}

/// Looked for again: its device file comes a moment after the table.
Result<std::string> Storage::partition_file(const std::string& disk) {
  const auto devices = TRY(disks_.list());
  const auto wanted = make_identity(want_.node).partition;
  for (const auto& device : devices) {
    if (device.disk != disk || device.partition_uuid != wanted) continue;
    if (!device.path.empty()) return device.path;
    return fail(Error::plain(std::format(
        "the device file of {} is not there yet; it is looked for again", device.name)));
  }
  return fail(Error::plain(std::format(
      "the kernel does not show the new partition of {} yet; it is looked for again", disk)));
}

Task<Result<>> Storage::format(const Step& step) {
  auto device = partition_file(step.subject);
  if (!device) co_return fail(device.error());
  if (want_.encryption) device = std::format("/dev/mapper/{}", kMapping);
  auto command = format_command(want_.file_system, make_identity(want_.node).file_system, *device);
  co_return co_await run(std::move(command));
}

Task<Result<>> Storage::grow_file_system(const Step& step) {
  const auto* device = find_device(seen_.devices, step.subject);
  if (device == nullptr) co_return fail(gone(step.subject));
  std::vector<std::string> command{"/usr/sbin/resize2fs", device->path};
  if (step.after == to_string(config::FileSystem::xfs))
    command = {"/usr/sbin/xfs_growfs", "-d", std::string(kMountPoint)};
  co_return co_await run(std::move(command));
}

Result<> Storage::write(const Step& step) {
  const auto* disk = find_device(seen_.devices, step.subject);
  if (disk == nullptr) return fail(gone(step.subject));
  const auto identity = make_identity(want_.node);
  switch (step.action) {
    case Action::claim:
    case Action::finish:
      return disks_.write_marker(disk->path, step.after);
    case Action::wipe:
      return disks_.wipe(disk->path);
    case Action::partition:
      return disks_.write_table(disk->path, {.disk_uuid = identity.disk,
                                             .partition_uuid = identity.partition,
                                             .partition_label = std::string(kLabel)});
    default:
      return disks_.grow_partition(disk->path);
  }
}

Task<Result<>> Storage::apply(const Step& step) {
  switch (step.action) {
    case Action::refuse:
      co_return fail(Error::plain(step.subject));
    case Action::write_file:
      co_return files_.replace(step.subject, step.after, 0644);
    case Action::load_units:
      co_return co_await load_units();
    case Action::mount:
      co_return co_await units_.restart(step.subject);
    case Action::encrypt:
    case Action::enroll:
    case Action::unlock:
    case Action::lock:
    case Action::grow_container:
      co_return co_await change_container(step);
    case Action::format:
      co_return co_await format(step);
    case Action::grow_file_system:
      co_return co_await grow_file_system(step);
    default:
      co_return write(step);
  }
}

core::StepView Storage::view(const Step& step) {
  using enum Action;
  const auto with = [&step](std::string text, core::Risk risk = core::Risk::none) {
    return core::StepView{
        .text = std::move(text), .before = step.before, .after = step.after, .risk = risk};
  };
  switch (step.action) {
    case refuse:
      return {.text = "prepare the data disk", .before = {}, .after = step.subject};
    case claim:
      return with("claim " + step.subject + " as the data disk");
    case wipe:
      return with("wipe " + step.subject, core::Risk::disruptive);
    case partition:
      return with("partition " + step.subject);
    case encrypt:
      return with("encrypt " + step.subject);
    case enroll:
      return with("have the TPM open " + step.subject);
    case unlock:
      return {.text = "unlock " + step.subject};
    case lock:
      return {.text = "lock " + step.subject};
    case Action::format:
      return with("make a file system on " + step.subject);
    case finish:
      return with("mark " + step.subject + " as finished");
    case write_file:
      return with("write " + step.subject);
    case load_units:
      return {.text = "have systemd read its units"};
    case mount:
      return {.text = std::format("mount the data disk at {}", kMountPoint)};
    case grow_partition:
      return with("enlarge the partition of " + step.subject);
    case grow_container:
      return with("enlarge the encryption on " + step.subject);
    case Action::grow_file_system:
      return with("enlarge the file system on " + step.subject);
  }
  return {};
}

}  // namespace kgnode::storage
