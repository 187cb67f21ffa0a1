/// A whole disk, opened to be written; and what the kernel knows of its partitions.
#include "agent/sys/disk_access.hpp"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds kLockPatience{10};

/// udev looks at a disk whenever somebody who wrote to it closes it, also when that was us: it
/// holds the lock for the moment that takes.
Result<> lock(const OpenDisk& disk) {
  const auto deadline = steady_clock::now() + kLockPatience;
  while (::flock(disk.fd.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail(Error::from_errno("lock " + disk.path));
    if (steady_clock::now() > deadline) {
      return fail(Error::plain(
          std::format("{} is locked by another program: see lslocks, and try again", disk.path)));
    }
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 10'000'000};
    (void)::ppoll(nullptr, 0, &kPause, nullptr);  // waits
  }
  return {};
}

Result<UniqueFd> open_file(const std::string& path, Access access) {
  const int exclusive = access == Access::exclusive ? O_EXCL : 0;
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_DSYNC | exclusive));
  if (fd) return fd;
  if (errno == EBUSY) {
    return fail(Error::plain(std::format(
        "{} is in use: it or a partition of it is mounted, swap, or part of another device; kgnode "
        "storage list shows which, unless that happened in a container that has ended",
        path)));
  }
  if (errno == ELOOP) return fail(Error::plain(path + " is a link: name the device itself"));
  return fail(Error::from_errno("open " + path));
}

Result<> prepare(OpenDisk& disk) {
  int read_only = 0;
  int sector = 0;
  if (::ioctl(disk.fd.get(), BLKROGET, &read_only) < 0 ||
      ::ioctl(disk.fd.get(), BLKSSZGET, &sector) < 0 ||
      ::ioctl(disk.fd.get(), BLKGETSIZE64, &disk.size) < 0)
    return fail(Error::from_errno("look at " + disk.path));
  if (read_only != 0) return fail(Error::plain(disk.path + " is read-only"));
  disk.sector = static_cast<std::uint32_t>(sector);
  // Drop the alternative once kernel >= 5.15 is the floor.
  if (::ioctl(disk.fd.get(), BLKGETDISKSEQ, &disk.sequence) < 0) disk.sequence = 0;
  // The cache of the disk does not see what was written through its partitions.
  if (::ioctl(disk.fd.get(), BLKFLSBUF, 0) < 0)
    return fail(Error::from_errno("empty the cache of " + disk.path));
  return {};
}

Result<> tell(const OpenDisk& disk, int operation, const KernelPartition& partition) {
  blkpg_partition about{};
  about.start = static_cast<long long>(partition.start);
  about.length = static_cast<long long>(partition.size);
  about.pno = static_cast<int>(partition.number);
  blkpg_ioctl_arg argument{.op = operation, .flags = 0, .datalen = sizeof(about), .data = &about};
  if (::ioctl(disk.fd.get(), BLKPG, &argument) == 0) return {};
  const auto what =
      std::format("tell the kernel of partition {} of {}", partition.number, disk.path);
  if (errno == EINVAL) {
    return fail(Error::from_errno(what + " (a loop device needs losetup --partscan)"));
  }
  return fail(Error::from_errno(what));
}

}  // namespace

Result<OpenDisk> open_disk(const DiskSources& sources, const std::string& path, Access access) {
  OpenDisk disk{.path = path};
  disk.fd = TRY(open_file(path, access));
  struct stat status{};
  if (::fstat(disk.fd.get(), &status) < 0) return fail(Error::from_errno("look at " + path));
  if (!S_ISBLK(status.st_mode)) return fail(Error::plain(path + " is not a block device"));
  disk.folder = std::format("{}/dev/block/{}:{}", sources.sys, ::major(status.st_rdev),
                            ::minor(status.st_rdev));
  if (::access(disk.folder.c_str(), F_OK) < 0) return fail(Error::from_errno(disk.folder));
  if (::access((disk.folder + "/partition").c_str(), F_OK) == 0)
    return fail(Error::plain(path + " is a partition: name the whole disk"));
  TRY(lock(disk));
  TRY(prepare(disk));
  return disk;
}

Result<std::vector<KernelPartition>> list_kernel_partitions(const OpenDisk& disk) {
  RealFiles files;
  const auto number = [&files](const std::string& path) -> Result<std::uint64_t> {
    const auto text = TRY(files.read(path, Files::kReadLimit));
    return parse_int<std::uint64_t>(trim(text.value_or(""))).value_or(0);
  };
  std::vector<KernelPartition> partitions;
  for (const auto& name : TRY(files.list(disk.folder))) {
    const auto folder = std::format("{}/{}", disk.folder, name);
    const auto own = TRY(number(folder + "/partition"));
    if (own == 0) continue;
    partitions.push_back({.number = static_cast<unsigned>(own),
                          .start = TRY(number(folder + "/start")) * 512,
                          .size = TRY(number(folder + "/size")) * 512});
  }
  return partitions;
}

Result<> set_kernel_partitions(const OpenDisk& disk, const std::vector<KernelPartition>& wanted) {
  auto now = TRY(list_kernel_partitions(disk));
  const auto is_kept = [&wanted](const KernelPartition& old) {
    return std::ranges::any_of(wanted, [&old](const KernelPartition& one) {
      return one.number == old.number && one.start == old.start && one.size >= old.size;
    });
  };
  for (const auto& old : now) {
    if (!is_kept(old)) TRY(tell(disk, BLKPG_DEL_PARTITION, old));
  }
  std::erase_if(now, [&is_kept](const KernelPartition& old) { return !is_kept(old); });
  for (const auto& one : wanted) {
    const auto old = std::ranges::find(now, one.number, &KernelPartition::number);
    if (old == now.end()) TRY(tell(disk, BLKPG_ADD_PARTITION, one));
    if (old != now.end() && *old != one) TRY(tell(disk, BLKPG_RESIZE_PARTITION, one));
  }
  if (TRY(list_kernel_partitions(disk)) != wanted) {
    return fail(Error::plain(std::format(
        "the kernel has other partitions of {} than it was told: see lsblk", disk.path)));
  }
  return {};
}

Result<> write_at(const OpenDisk& disk, const void* bytes, std::size_t size, std::uint64_t offset) {
  const auto* from = static_cast<const char*>(bytes);
  for (std::size_t done = 0; done < size;) {
    const auto wrote =
        ::pwrite(disk.fd.get(), from + done, size - done, static_cast<off_t>(offset + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      return fail(Error::from_errno(std::format("write to {} at byte {}", disk.path, offset + done),
                                    wrote < 0 ? errno : EIO));
    }
    done += static_cast<std::size_t>(wrote);
  }
  return {};
}

Result<> flush(const OpenDisk& disk) {
  if (::fsync(disk.fd.get()) < 0) return fail(Error::from_errno("flush " + disk.path));
  return {};
}

}  // namespace kgnode::sys
