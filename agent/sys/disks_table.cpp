/// Partition tables by libfdisk: that of a data disk, and the names of slots.
///
/// Power lost in between: libfdisk writes the second entries, the second header, the first entries,
/// the first header, the protective MBR, and with O_DSYNC each is on the device before the next
/// begins. While the second copy is written the first is valid and untouched, for the new place of
/// the second is behind the old one or the same bytes; while the first is written the second is
/// valid. A header is one sector, which a device writes whole or not at all. A kernel ignores the
/// second copy when it boots, so that the partition may not be there then; growing again mends it.
#include "agent/sys/disks_table.hpp"

#include <libfdisk/libfdisk.h>

#include <cstdlib>
#include <format>

#include "agent/base/handle.hpp"
#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr const char* kLinuxFileSystem = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";

using ContextPtr = Handle<fdisk_context, fdisk_unref_context>;
using PartitionPtr = Handle<fdisk_partition, fdisk_unref_partition>;
using TypePtr = Handle<fdisk_parttype, fdisk_unref_parttype>;
void free_text(char* text) { ::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): libfdisk's
using TextPtr = Handle<char, free_text>;
using TablePtr = Handle<fdisk_table, fdisk_unref_table>;

Error error(const OpenDisk& disk, std::string_view what, int status) {
  return Error::from_errno(std::format("{} of {}", what, disk.path), status == 0 ? EINVAL : status);
}

/// `read_only`: nothing can be written through it, whatever the file allows.
Result<ContextPtr> open_context(const OpenDisk& disk, bool read_only) {
  ContextPtr context(fdisk_new_context());
  if (!context) return fail(error(disk, "read the partition table", ENOMEM));
  fdisk_disable_dialogs(context.get(), 1);
  const int status =
      fdisk_assign_device_by_fd(context.get(), disk.fd.get(), disk.path.c_str(), read_only ? 1 : 0);
  if (status != 0) return fail(error(disk, "read the partition table", status));
  return context;
}

/// The last whole MiB that a partition may use.
std::uint64_t usable_end(const OpenDisk& disk, fdisk_context* context) {
  return (fdisk_get_last_lba(context) + 1) * disk.sector / kMebibyte * kMebibyte;
}

struct Table {
  KernelPartition partition;
  std::string disk_uuid;
  std::string uuid;
  std::string label;
  std::string type;
};

/// Refuses every table but a GPT with one partition that is the first.
Result<Table> read_table(const OpenDisk& disk, fdisk_context* context) {
  if (fdisk_is_labeltype(context, FDISK_DISKLABEL_GPT) == 0)
    return fail(Error::plain(disk.path + " has no valid GPT: see sfdisk --dump"));
  fdisk_table* raw_table = nullptr;
  const int listed = fdisk_get_partitions(context, &raw_table);
  const TablePtr table(raw_table);
  if (listed != 0 || !table) return fail(error(disk, "read the partitions", listed));
  auto* const only = fdisk_table_get_partition(table.get(), 0);
  if (fdisk_table_get_nents(table.get()) != 1 || only == nullptr ||
      fdisk_partition_get_partno(only) != 0) {
    return fail(Error::plain(std::format(
        "{} has other partitions than one with the number 1: no data disk of this node has that",
        disk.path)));
  }
  char* raw_id = nullptr;
  (void)fdisk_get_disklabel_id(context, &raw_id);  // null then
  const TextPtr id(raw_id);
  const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
  return Table{.partition = {.number = 1,
                             .start = fdisk_partition_get_start(only) * disk.sector,
                             .size = fdisk_partition_get_size(only) * disk.sector},
               .disk_uuid = to_lower(text(id.get())),
               .uuid = to_lower(text(fdisk_partition_get_uuid(only))),
               .label = text(fdisk_partition_get_name(only)),
               .type = text(fdisk_parttype_get_string(fdisk_partition_get_type(only)))};
}

Result<Table> read_back(const OpenDisk& disk) {
  const auto context = TRY(open_context(disk, true));
  return read_table(disk, context.get());
}

Result<PartitionPtr> make_partition(const OpenDisk& disk, fdisk_context* context,
                                    const TablePlan& plan) {
  const auto end = usable_end(disk, context);
  if (end < 2 * kMebibyte)
    return fail(Error::plain(disk.path + " is too small for a partition table"));
  PartitionPtr partition(fdisk_new_partition());
  const TypePtr type(
      fdisk_label_parse_parttype(fdisk_get_label(context, nullptr), kLinuxFileSystem));
  if (!partition || !type) return fail(error(disk, "make the partition", ENOMEM));
  fdisk_partition_set_partno(partition.get(), 0);
  fdisk_partition_set_start(partition.get(), kMebibyte / disk.sector);
  fdisk_partition_set_size(partition.get(), (end - kMebibyte) / disk.sector);
  // Without it libfdisk moves the end to where it thinks the device would like it.
  fdisk_partition_size_explicit(partition.get(), 1);
  fdisk_partition_set_type(partition.get(), type.get());
  fdisk_partition_set_uuid(partition.get(), plan.partition_uuid.c_str());
  fdisk_partition_set_name(partition.get(), plan.partition_label.c_str());
  return partition;
}

}  // namespace

Result<KernelPartition> write_gpt(const OpenDisk& disk, const TablePlan& plan) {
  const auto context = TRY(open_context(disk, false));
  if (const int made = fdisk_create_disklabel(context.get(), "gpt"); made != 0)
    return fail(error(disk, "make the partition table", made));
  if (const int set = fdisk_set_disklabel_id_from_string(context.get(), plan.disk_uuid.c_str());
      set != 0)
    return fail(error(disk, "set the UUID", set));
  const auto partition = TRY(make_partition(disk, context.get(), plan));
  if (const int added = fdisk_add_partition(context.get(), partition.get(), nullptr); added != 0)
    return fail(error(disk, "make the partition", added));
  if (const int wrote = fdisk_write_disklabel(context.get()); wrote != 0)
    return fail(error(disk, "write the partition table", wrote));
  TRY(flush(disk));
  const auto table = TRY(read_back(disk));
  if (table.disk_uuid != to_lower(plan.disk_uuid) || table.uuid != to_lower(plan.partition_uuid) ||
      table.label != plan.partition_label || table.type != kLinuxFileSystem) {
    return fail(Error::plain(std::format(
        "the partition table of {} reads back otherwise than it was written", disk.path)));
  }
  return table.partition;
}

Result<KernelPartition> grow_gpt(const OpenDisk& disk) {
  const auto context = TRY(open_context(disk, false));
  const auto before = TRY(read_table(disk, context.get()));
  const auto end = usable_end(disk, context.get());
  const auto old_end = before.partition.start + before.partition.size;
  if (old_end > disk.size) {
    return fail(Error::plain(std::format(
        "{} is smaller than its partition: make the volume as large as it was", disk.path)));
  }
  if (end > old_end) {
    const PartitionPtr longer(fdisk_new_partition());
    if (!longer) return fail(error(disk, "grow the partition", ENOMEM));
    fdisk_partition_set_size(longer.get(), (end - before.partition.start) / disk.sector);
    fdisk_partition_size_explicit(longer.get(), 1);
    if (const int set = fdisk_set_partition(context.get(), 0, longer.get()); set != 0)
      return fail(error(disk, "grow the partition", set));
  }
  // Reading a table whose copies differ or are not in their places marks it as changed.
  if (fdisk_label_is_changed(fdisk_get_label(context.get(), nullptr)) == 0) return before.partition;
  if (const int wrote = fdisk_write_disklabel(context.get()); wrote != 0)
    return fail(error(disk, "write the partition table", wrote));
  TRY(flush(disk));
  auto after = TRY(read_back(disk));
  const bool kept = after.disk_uuid == before.disk_uuid && after.uuid == before.uuid &&
                    after.partition.start == before.partition.start &&
                    after.partition.size >= before.partition.size;
  if (!kept) {
    return fail(Error::plain(std::format(
        "the partition table of {} reads back otherwise than it was written", disk.path)));
  }
  return after.partition;
}

Result<> name_partition(const OpenDisk& disk, unsigned number, const std::string& uuid,
                        const std::string& label) {
  const auto context = TRY(open_context(disk, false));
  if (fdisk_is_labeltype(context.get(), FDISK_DISKLABEL_GPT) == 0)
    return fail(Error::plain(disk.path + " has no valid GPT: see sfdisk --dump"));
  const PartitionPtr names(fdisk_new_partition());
  if (!names) return fail(error(disk, "name a partition", ENOMEM));
  fdisk_partition_set_uuid(names.get(), uuid.c_str());
  fdisk_partition_set_name(names.get(), label.c_str());
  if (const int set = fdisk_set_partition(context.get(), number - 1, names.get()); set != 0)
    return fail(error(disk, "name a partition", set));
  if (const int wrote = fdisk_write_disklabel(context.get()); wrote != 0)
    return fail(error(disk, "write the partition table", wrote));
  return flush(disk);
}

}  // namespace kgnode::sys
