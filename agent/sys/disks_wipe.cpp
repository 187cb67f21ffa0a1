/// Takes from a disk all that says that something is on it.
#include "agent/sys/disks_wipe.hpp"

#include <algorithm>
#include <cerrno>
#include <format>

#include "agent/sys/blkid_probe.hpp"
#include "agent/sys/disks_probe.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

struct Range {
  std::uint64_t start = 0;
  std::uint64_t size = 0;
};

Result<> wipe_signatures(const OpenDisk& disk, const Range& range) {
  const auto probe = TRY(make_probe(disk.fd.get(), range.start, range.size));
  for (int i = 0; i < kSignaturesMax; ++i) {
    errno = 0;
    const int found = blkid_do_probe(probe.get());
    if (found > 0) return {};
    // Wiping steps back by itself, so that the next copy is found.
    if (found < 0 || blkid_do_wipe(probe.get(), 0) != 0)
      return fail(Error::from_errno("wipe " + disk.path, errno == 0 ? EIO : errno));
  }
  return fail(Error::plain(disk.path + " shows ever more signatures: it was not wiped"));
}

Result<> write_zeros(const OpenDisk& disk, const Range& range) {
  const std::vector<std::byte> zeros(range.size);
  return write_at(disk, zeros.data(), zeros.size(), range.start);
}

Result<> write_zeros_at_ends(const OpenDisk& disk) {
  const auto first = std::min(disk.size, kMebibyte);
  const auto marker_end =
      Disks::kMarkerOffset + std::max<std::uint64_t>(disk.sector, Disks::kMarkerSize);
  // The last before the first: the first has the table that shows where else to look.
  const auto last = std::max(first, disk.size - first);
  TRY(write_zeros(disk, {.start = last, .size = disk.size - last}));
  if (first > marker_end) TRY(write_zeros(disk, {.start = marker_end, .size = first - marker_end}));
  return write_zeros(disk, {.start = 0, .size = std::min(first, Disks::kMarkerOffset)});
}

/// As the kernel has them, and as the table has them: they need not agree.
Result<std::vector<Range>> list_ranges(const OpenDisk& disk) {
  std::vector<Range> ranges;
  for (const auto& partition : TRY(list_kernel_partitions(disk)))
    ranges.push_back({.start = partition.start, .size = partition.size});
  const auto probe = TRY(make_probe(disk.fd.get(), 0, disk.size));
  auto* const list = blkid_probe_get_partitions(probe.get());
  const int count = list == nullptr ? 0 : blkid_partlist_numof_partitions(list);
  for (int i = 0; i < count; ++i) {
    auto* const partition = blkid_partlist_get_partition(list, i);
    if (partition == nullptr) continue;
    const auto start = static_cast<std::uint64_t>(blkid_partition_get_start(partition)) * 512;
    const auto size = static_cast<std::uint64_t>(blkid_partition_get_size(partition)) * 512;
    if (start < disk.size && size > 0)
      ranges.push_back({.start = start, .size = std::min(size, disk.size - start)});
  }
  return ranges;
}

}  // namespace

Result<> wipe_disk(const OpenDisk& disk) {
  auto ranges = TRY(list_ranges(disk));
  for (const auto& range : ranges) TRY(wipe_signatures(disk, range));
  // From here on nothing but the disk itself shows what was on it.
  TRY(set_kernel_partitions(disk, {}));
  ranges.push_back({.start = 0, .size = disk.size});
  TRY(wipe_signatures(disk, ranges.back()));
  TRY(write_zeros_at_ends(disk));
  TRY(flush(disk));
  for (const auto& range : ranges) {
    const auto left = TRY(list_signatures(disk.fd.get(), range.start, range.size));
    if (left.empty()) continue;
    return fail(
        Error::plain(std::format("{} still shows {} at byte {} after it was wiped", disk.path,
                                 left.front().type, range.start + left.front().offset)));
  }
  return {};
}

}  // namespace kgnode::sys
