/// Who uses block devices: mounts of every mount namespace, swap, btrfs over several devices.
#include "agent/sys/disks_users.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <ranges>
#include <set>
#include <tuple>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/mount_table.hpp"

namespace kgnode::sys {
namespace {

// Thousands of containers can have the same volume; this many say enough.
constexpr std::size_t kMountsMax = 64;
constexpr std::string_view kSelf = "self";

using Devices = std::vector<KnownDevice>;

KnownDevice* find(Devices& devices, dev_t number) {
  const auto found = std::ranges::find(devices, number, &KnownDevice::number);
  return found == devices.end() ? nullptr : &*found;
}

KnownDevice* find(Devices& devices, std::string_view name) {
  const auto found =
      std::ranges::find(devices, name, [](const KnownDevice& device) { return device.block.name; });
  return found == devices.end() ? nullptr : &*found;
}

void add_mount(KnownDevice& device, const std::string& target) {
  auto& mounts = device.block.mounts;
  if (mounts.size() < kMountsMax && !std::ranges::contains(mounts, target))
    mounts.push_back(target);
}

/// The devices of one mount. A file system with a number of its own, as btrfs, names its device as
/// whoever mounted it called it: here, or in that process's root.
std::vector<dev_t> numbers_of(const DiskSources& sources, const Mount& mount,
                              const std::string& root) {
  if (::major(mount.number) != 0) return {mount.number};
  std::vector<dev_t> numbers;
  for (const auto part : split(mount.source, ':')) {  // bcachefs names all, with colons between
    if (!part.starts_with('/')) continue;
    for (const auto& path : {std::string(part), root + std::string(part)}) {
      if (const auto number = sources.number_of(path)) numbers.push_back(*number);
    }
  }
  return numbers;
}

/// Tells processes that see the same mounts. A table has only what is below the process's root: one
/// in a chroot must not stand for its namespace. Without the right to look, each is its own view.
using View = std::tuple<ino_t, dev_t, ino_t>;
std::optional<View> view_of(const std::string& process) {
  struct stat space{};
  struct stat root{};
  if (::stat((process + "/ns/mnt").c_str(), &space) < 0 ||
      ::stat((process + "/root").c_str(), &root) < 0)
    return std::nullopt;
  return View{space.st_ino, root.st_dev, root.st_ino};
}

Result<std::vector<std::string>> list_processes(const DiskSources& sources) {
  RealFiles files;
  auto processes = TRY(files.list(sources.proc));
  std::erase_if(processes, [](const std::string& name) { return !parse_int<unsigned>(name); });
  if (processes.empty()) {
    return fail(
        Error::plain(std::format("{} has no process: mounts cannot be told", sources.proc)));
  }
  processes.emplace(processes.begin(), kSelf);  // our own names come first
  return processes;
}

void add_mounts(const DiskSources& sources, Devices& devices, const std::string& process,
                const std::vector<Mount>& mounts) {
  const auto root = std::format("{}/{}/root", sources.proc, process);
  for (const auto& mount : mounts) {
    for (const auto number : numbers_of(sources, mount, root)) {
      auto* device = find(devices, number);
      if (device == nullptr) continue;
      add_mount(*device, mount.target);
      if (process == kSelf) device->mounted_here = mount.target;
    }
  }
}

Result<> find_mounts(const DiskSources& sources, Devices& devices) {
  std::set<View> seen;
  for (const auto& process : TRY(list_processes(sources))) {
    const auto folder = std::format("{}/{}", sources.proc, process);
    const auto view = view_of(folder);
    if (view && seen.contains(*view)) continue;
    const auto mounts = TRY(read_mounts(folder + "/mountinfo"));
    if (!mounts) continue;  // it ended; whoever shares its mounts still comes
    if (view) seen.insert(*view);
    add_mounts(sources, devices, process, *mounts);
  }
  return {};
}

/// The table of mounts names one device of a btrfs; its folder in sysfs, which is there while it is
/// mounted, has them all.
Result<> spread_btrfs(const DiskSources& sources, Devices& devices) {
  RealFiles files;
  const auto top = sources.sys + "/fs/btrfs";
  for (const auto& uuid : TRY(files.list(top))) {
    std::vector<KnownDevice*> members;
    std::vector<std::string> mounts;
    for (const auto& name : TRY(files.list(std::format("{}/{}/devices", top, uuid)))) {
      auto* device = find(devices, name);
      if (device == nullptr) continue;
      members.push_back(device);
      mounts.insert(mounts.end(), device->block.mounts.begin(), device->block.mounts.end());
    }
    if (mounts.empty()) mounts.emplace_back("a mount namespace that is not seen from here");
    for (auto* member : members) {
      for (const auto& target : mounts) add_mount(*member, target);
    }
  }
  return {};
}

/// As in /proc/swaps: blanks and the like are octal numbers.
std::string unescape(std::string_view text) {
  std::string plain;
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto code = text.size() > 3 && text.front() == '\\'
                          ? parse_int<unsigned char>(text.substr(1, 3), 8)
                          : std::nullopt;
    plain += code ? static_cast<char>(*code) : text.front();
    if (code) text.remove_prefix(3);
  }
  return plain;
}

Result<> find_swap(const DiskSources& sources, Devices& devices) {
  RealFiles files;
  const auto path = sources.proc + "/swaps";
  // Absent in a kernel without swap.
  const auto text = TRY(files.read(path, Files::kReadLimit)).value_or("");
  for (const auto line : split(text, '\n') | std::views::drop(1)) {
    const auto words = split_words(line);
    if (words.size() < 2 || words[1] != "partition") continue;  // a file is below a mount
    const auto file = unescape(words[0]);
    const auto number = sources.number_of(file);
    auto* device = number ? find(devices, *number) : nullptr;
    // The path is that of who switched it on; in here it may lead nowhere.
    if (device == nullptr)
      device = find(devices, std::string_view(file).substr(file.rfind('/') + 1));
    if (device == nullptr) {
      return fail(Error::plain(
          std::format("{} names {} as swap, which is no device known here", path, quote(file))));
    }
    device->block.swap = true;
  }
  return {};
}

/// A file system that was shut down after an error still tells its size; its folder shows it.
std::string read_trouble(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) < 0) return Error::from_errno(folder).message();
  RealFiles files;
  const auto names = files.list(folder);
  return names ? std::string() : names.error().message();
}

}  // namespace

Result<> find_users(const DiskSources& sources, std::vector<KnownDevice>& devices) {
  TRY(find_mounts(sources, devices));
  TRY(spread_btrfs(sources, devices));
  return find_swap(sources, devices);
}

Result<std::optional<Space>> read_space(const DiskSources& sources,
                                        const std::string& mount_point) {
  const auto path = sources.proc + "/self/mountinfo";
  const auto mounts = TRY(read_mounts(path));
  if (!mounts) return fail(Error::plain("read " + quote(path) + ": not there"));
  // The last one covers those before it.
  const auto last = std::ranges::find_last(*mounts, mount_point, &Mount::target);
  if (last.empty()) return std::nullopt;
  Space space;
  auto devices = TRY(list_block_devices(sources));
  for (const auto number : numbers_of(sources, last.front(), "")) {
    if (const auto* device = find(devices, number)) space.device = device->block.name;
  }
  struct statvfs numbers{};
  if (::statvfs(mount_point.c_str(), &numbers) < 0) {
    space.trouble = Error::from_errno(mount_point).message();
    return space;
  }
  space.total = numbers.f_blocks * numbers.f_frsize;
  space.available = numbers.f_bavail * numbers.f_frsize;
  space.files = numbers.f_files;
  space.files_left = numbers.f_favail;
  space.read_only = (numbers.f_flag & ST_RDONLY) != 0;
  space.trouble = read_trouble(mount_point);
  return space;
}

}  // namespace kgnode::sys
