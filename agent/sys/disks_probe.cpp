/// What is on a block device, by libblkid and by its first and last MiB.
#include "agent/sys/disks_probe.hpp"

#include <endian.h>
#include <fcntl.h>
#include <linux/hdreg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <format>
#include <limits>
#include <optional>
#include <span>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/blkid_probe.hpp"
#include "agent/sys/disk_marker.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr unsigned kMajorFloppy = 2;
constexpr std::string_view kGptMagic = "EFI PART";

using Bytes = std::span<const std::byte>;

struct Ends {
  Bytes first;
  Bytes last;  // empty when the first MiB is all there is
  std::uint64_t last_at = 0;
};

Result<Bytes> read_at(int fd, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto part = into.subspan(done);
    const auto size = ::pread(fd, part.data(), part.size(), static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    const auto where = std::format("reading it at byte {}", offset + done);
    if (size < 0) return fail(Error::from_errno(where));
    if (size == 0) return fail(Error::plain(where + ": it ends there"));
    done += static_cast<std::size_t>(size);
  }
  return Bytes(into);
}

Result<Ends> read_ends(int fd, const BlockDevice& block, std::span<std::byte> memory) {
  Ends ends;
  const auto first = std::min(block.size, kMebibyte);
  ends.first = TRY(read_at(fd, memory.first(first), 0));
  ends.last_at = std::max(first, block.size - first);
  ends.last = TRY(read_at(fd, memory.subspan(first, block.size - ends.last_at), ends.last_at));
  return ends;
}

bool is_zero(Bytes bytes) {
  // Each byte equals the next, and the first is zero: memcmp(3) reads memory as fast as it comes.
  return bytes.empty() || (bytes.front() == std::byte{} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// Also sets the marker, whose sector does not count.
void judge_ends(const Ends& ends, BlockDevice& block) {
  auto before = ends.first;
  Bytes after;
  if (before.size() >= Disks::kMarkerOffset + Disks::kMarkerSize) {
    const auto sector = before.subspan(Disks::kMarkerOffset).first<Disks::kMarkerSize>();
    block.marker = parse_disk_marker(sector);
    after = before.subspan(Disks::kMarkerOffset + (block.marker.empty() ? 0 : sector.size()));
    before = before.first(Disks::kMarkerOffset);
  }
  const bool blank = is_zero(before) && is_zero(after) && is_zero(ends.last);
  block.content = blank ? Content::zeros : Content::bytes;
}

/// Headers of a GPT that libblkid refuses for their checksums, for sectors of either size.
void add_gpt_headers(const Ends& ends, BlockDevice& block) {
  const auto add = [&ends, &block](std::uint64_t offset) {
    const bool behind = offset >= ends.last_at && !ends.last.empty();
    const auto bytes = behind ? ends.last.subspan(offset - ends.last_at)
                              : ends.first.subspan(std::min(offset, ends.first.size()));
    if (bytes.size() < kGptMagic.size() ||
        std::memcmp(bytes.data(), kGptMagic.data(), kGptMagic.size()) != 0 ||
        std::ranges::contains(block.signatures, offset, &Signature::offset))
      return;
    block.signatures.push_back({.type = "gpt", .offset = offset});
  };
  for (const auto sector : {std::uint64_t{512}, std::uint64_t{4096}}) {
    add(sector);
    if (block.size > 2 * sector) add(block.size - sector);
  }
  std::ranges::sort(block.signatures, {}, &Signature::offset);
}

/// The first header names the place of the second one, the last sector (UEFI 2.10 section 5.3.2).
/// Of a disk that became shorter nobody else reads it: to them it is no valid table.
std::uint64_t read_table_size(const Ends& ends, const BlockDevice& block) {
  constexpr std::size_t kAlternate = 32;
  const auto header = ends.first.subspan(std::min<std::size_t>(block.sector, ends.first.size()));
  std::uint64_t last = 0;
  if (block.sector == 0 || header.size() < kAlternate + sizeof(last) ||
      std::memcmp(header.data(), kGptMagic.data(), kGptMagic.size()) != 0)
    return 0;
  std::memcpy(&last, header.data() + kAlternate, sizeof(last));
  last = le64toh(last);
  const bool sane = last < std::numeric_limits<std::uint64_t>::max() / block.sector - 1;
  return sane ? (last + 1) * block.sector : 0;
}

std::string value_of(blkid_probe probe, const char* name) {
  const char* text = nullptr;
  if (blkid_probe_lookup_value(probe, name, &text, nullptr) != 0 || text == nullptr) return {};
  return printable(text);
}

std::uint64_t number_of(blkid_probe probe, const char* name) {
  return parse_int<std::uint64_t>(value_of(probe, name)).value_or(0);
}

/// What the last probing found, and makes the next one look past it.
std::optional<Signature> take_signature(blkid_probe probe) {
  const bool table = blkid_probe_has_value(probe, "PTTYPE") != 0;
  const char* const magic_name = table ? "PTMAGIC" : "SBMAGIC";
  const auto* const offset_name = table ? "PTMAGIC_OFFSET" : "SBMAGIC_OFFSET";
  Signature found{.type = value_of(probe, table ? "PTTYPE" : "TYPE"),
                  .label = value_of(probe, "LABEL"),
                  .uuid = value_of(probe, table ? "PTUUID" : "UUID"),
                  .offset = number_of(probe, offset_name),
                  // FSSIZE leaves out the log; the last block is where the file system ends.
                  .size = number_of(probe, "FSLASTBLOCK") * number_of(probe, "FSBLOCKSIZE")};
  std::size_t length = 0;
  const char* magic = nullptr;
  if (blkid_probe_lookup_value(probe, magic_name, &magic, &length) == 0 && length > 0) {
    (void)blkid_probe_hide_range(probe, found.offset, length);  // kSignaturesMax ends a loop
    (void)blkid_probe_step_back(probe);
  }
  if (found.type.empty()) return std::nullopt;
  return found;
}

std::string power_trouble(int fd, const BlockDevice& block) {
  if (!block.rotational || (block.transport != "sata" && block.transport != "usb")) return {};
  constexpr unsigned char kCheckPowerMode = 0xe5;
  constexpr unsigned char kStandby = 0x00;
  std::array<unsigned char, 4> arguments = {kCheckPowerMode, 0, 0, 0};
  if (::ioctl(fd, HDIO_DRIVE_CMD, arguments.data()) == 0)
    return arguments[2] == kStandby ? "asleep" : "";
  // Other drives cannot answer, and do not sleep by themselves.
  if (errno != EACCES && errno != EPERM) return {};
  return Error::from_errno("asking whether it sleeps").message();
}

/// Empty: it can be looked at.
std::string reason_not_to_read(const KnownDevice& device) {
  const auto& block = device.block;
  if (block.kind == DeviceKind::optical) return "an optical drive";
  if (block.kind == DeviceKind::memory) return "memory";
  if (::major(device.number) == kMajorFloppy) return "a floppy drive";
  if (block.size == 0) return "without a medium";
  if (block.path.empty()) return "no device file here";
  return {};
}

Result<UniqueFd> open_device(const KnownDevice& device) {
  // Without O_NONBLOCK an empty drive waits for a medium.
  UniqueFd fd(::open(device.block.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) < 0) return fail(Error::from_errno("opening it"));
  if (!S_ISBLK(status.st_mode) || status.st_rdev != device.number)
    return fail(Error::plain("its file is another device's by now"));
  return fd;
}

/// Drops what the page cache has where anybody would look, for it can be old: what XFS writes never
/// gets there, and what is written through a partition does not get to its disk's. Then lets the
/// device bring each end in one piece, for libblkid asks for fifty small ones.
void refresh_cache(int fd, const BlockDevice& block) {
  constexpr std::uint64_t kLookedAt = 8 * kMebibyte;
  const auto ahead = block.kind == DeviceKind::partition ? kMebibyte / 2 : kMebibyte;
  const auto advise = [fd, &block](int advice, std::uint64_t length) {
    for (const std::uint64_t start :
         {std::uint64_t{0}, block.size - std::min(block.size, length)}) {
      // Advice: a device that fails does so again when it is read.
      (void)::posix_fadvise(fd, static_cast<off_t>(start), static_cast<off_t>(length), advice);
    }
  };
  advise(POSIX_FADV_DONTNEED, kLookedAt);
  advise(POSIX_FADV_WILLNEED, ahead);
}

std::vector<TableEntry> list_entries(int fd, const BlockDevice& block) {
  std::vector<TableEntry> entries;
  const auto probe = make_probe(fd, 0, block.size);
  auto* const list = probe ? blkid_probe_get_partitions(probe->get()) : nullptr;
  const int count = list == nullptr ? 0 : blkid_partlist_numof_partitions(list);
  const auto text = [](const char* value) { return printable(value == nullptr ? "" : value); };
  for (int i = 0; i < count; ++i) {
    auto* const partition = blkid_partlist_get_partition(list, i);
    if (partition == nullptr) continue;
    entries.push_back(
        {.number = static_cast<unsigned>(blkid_partition_get_partno(partition)),
         .start = static_cast<std::uint64_t>(blkid_partition_get_start(partition)) * 512,
         .uuid = to_lower(text(blkid_partition_get_uuid(partition))),
         .label = text(blkid_partition_get_name(partition)),
         .type = to_lower(text(blkid_partition_get_type_string(partition)))});
  }
  return entries;
}

Result<std::vector<TableEntry>> read_device(int fd, BlockDevice& block, ProbeMemory& memory) {
  if (block.kind == DeviceKind::partition) {
    block.signatures = TRY(list_signatures(fd, 0, block.size));
    return std::vector<TableEntry>();
  }
  const auto ends = TRY(read_ends(fd, block, memory));
  block.signatures = TRY(list_signatures(fd, 0, block.size));
  add_gpt_headers(ends, block);
  block.table_size = read_table_size(ends, block);
  judge_ends(ends, block);
  return block.signatures.empty() ? std::vector<TableEntry>() : list_entries(fd, block);
}

}  // namespace

Result<std::vector<Signature>> list_signatures(int fd, std::uint64_t start, std::uint64_t size) {
  const auto probe = TRY(make_probe(fd, start, size));
  std::vector<Signature> found;
  int status = 0;
  for (int i = 0; i < kSignaturesMax; ++i) {
    errno = 0;
    status = blkid_do_probe(probe.get());
    if (status != 0) break;
    if (auto signature = take_signature(probe.get())) found.push_back(*std::move(signature));
  }
  if (status < 0)
    return fail(Error::from_errno("looking for signatures", errno == 0 ? EIO : errno));
  std::ranges::sort(found, {}, &Signature::offset);
  return found;
}

Look begin_look(const KnownDevice& device) {
  if (auto reason = reason_not_to_read(device); !reason.empty())
    return {.trouble = std::move(reason)};
  auto fd = open_device(device);
  if (!fd) return {.trouble = fd.error().message()};
  if (auto trouble = power_trouble(fd->get(), device.block); !trouble.empty())
    return {.trouble = std::move(trouble)};
  refresh_cache(fd->get(), device.block);
  return {.fd = *std::move(fd)};
}

std::vector<TableEntry> finish_look(KnownDevice& device, Look look, ProbeMemory& memory) {
  auto& block = device.block;
  block.unreadable = std::move(look.trouble);
  if (!look.fd) return {};
  auto entries = read_device(look.fd.get(), block, memory);
  if (entries) return *std::move(entries);
  block.unreadable = entries.error().message();
  block.signatures.clear();
  block.marker.clear();
  return {};
}

}  // namespace kgnode::sys
