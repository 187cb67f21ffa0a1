/// How each disk of a random machine comes to be, and what must become of it.
#include "tests/kernel/layouts_machine.hpp"

#include <linux/fs.h>
#include <sys/swap.h>

#include "agent/base/text.hpp"

namespace test {
namespace {

using namespace kgnode;
using config::FileSystem, storage::Progress;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
// A kernel that cannot read the table is told by partx.
constexpr std::string_view kGptOfTwo =
    "printf 'label: gpt\n,64M,L\n,,L\n' | sfdisk -q DISK; partx --update DISK";

void must_shell(const std::string& text, const LoopDisk& disk) {
  must_run(for_disk(shell(text), disk));
}

/// Mounted so that nothing but a mistake of ours can write to it.
std::shared_ptr<void> mount_quietly(const std::string& device) {
  auto folder = std::make_shared<TempDir>();
  REQUIRE(::mount(device.c_str(), folder->path().c_str(), "ext4", MS_RDONLY, nullptr) == 0);
  return {folder.get(), [folder](void*) { (void)::umount2(folder->path().c_str(), 0); }};
}

void make_root(MachineDisk& made, Random&, FileSystem) {
  must_shell(std::string(kGptOfTwo) + "; mkfs.ext4 -q -F DISKp2", *made.disk);
  made.use = mount_quietly(made.disk->part(2));
}

void make_swap(MachineDisk& made, Random&, FileSystem) {
  must_shell("mkswap -q DISK 4096", *made.disk);  // 4 MiB: the kernel is not to rely on it
  const auto path = made.disk->path();
  REQUIRE(::swapon(path.c_str(), 0) == 0);
  made.kernel_writes = true;
  made.use = {made.disk.get(), [path](void*) { (void)::swapoff(path.c_str()); }};
}

void make_read_only(MachineDisk& made, Random&, FileSystem) {
  const UniqueFd fd(::open(made.disk->path().c_str(), O_RDONLY | O_CLOEXEC));
  const int yes = 1;
  REQUIRE(::ioctl(fd.get(), BLKROSET, &yes) == 0);
}

void write_marker(const LoopDisk& disk, const std::string& text) {
  sys::RealDisks disks;
  REQUIRE(disks.write_marker(disk.path(), text));
}

/// Prepared by the domain itself.
void make_ours(MachineDisk& made, Random&, FileSystem type) {
  OverlaidDisks disks;
  disks.plug(made.disk->name(), {.name = "sda"});
  World world(disks);
  world.want.file_system = type;
  const auto report = world.enforce();
  INFO(report.error);
  REQUIRE(report.phase == core::Phase::applied);
}

/// As a power cut leaves it.
void make_unfinished(MachineDisk& made, Random& random, FileSystem) {
  const auto& disk = *made.disk;
  write_marker(disk, storage::to_text({.node = node_name(), .progress = Progress::preparing}));
  const auto identity = storage::make_identity(node_name());
  const auto how_far = random.below(3);
  sys::RealDisks disks;
  if (how_far > 0) {
    REQUIRE(disks.write_table(disk.path(), {.disk_uuid = identity.disk,
                                            .partition_uuid = identity.partition,
                                            .partition_label = "kgnode-data"}));
  }
  if (how_far > 1) must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", disk.part(1)});
}

std::vector<Kind> own_kinds() {
  const auto cut_short = [](MachineDisk& made, Random&, FileSystem) {
    std::filesystem::resize_file(made.disk->image(), made.size / 2);
  };
  const auto left_by_wipefs = [](MachineDisk& made, Random& random, FileSystem) {
    const auto type = random.pick<std::string>({"ext4 -q -F", "xfs -q"});
    must_shell("mkfs." + type + " DISK; wipefs -q --all DISK", *made.disk);
  };
  const auto one_byte = [](MachineDisk& made, Random& random, FileSystem) {
    made.disk->put(random.pick<std::uint64_t>({0, 4711, made.size - 1}), "x");
  };
  const auto photos = [](MachineDisk& made, Random&, FileSystem) {
    must_shell(std::string(kGptOfTwo) + "; mkfs.ext4 -q -F -L photos DISKp2", *made.disk);
  };
  const auto marked = [](const std::string& text) {
    return [text](MachineDisk& made, Random&, FileSystem) { write_marker(*made.disk, text); };
  };
  const auto nothing = [](MachineDisk&, Random&, FileSystem) {};
  return {
      {.name = "blank", .make = nothing, .blank = true},
      {"what wipefs leaves", "is not blank, although no signature", left_by_wipefs},
      {"one byte", "is not blank, although no signature", one_byte},
      {"files of a person", "carries ext4 \"photos\"", photos},
      {"the root disk", "is mounted at", make_root},
      {"swap in use", "is swap", make_swap},
      {"read-only", "is read-only", make_read_only},
      {.name = "too small", .reason = "is smaller than 512 MiB", .make = nothing, .size = 256},
      {.name = "cut short", .reason = "could not be read", .make = cut_short, .dubious = true},
      {"of another node", "is the data disk of node \"worker-9\"",
       marked("node=worker-9 state=ready")},
      {.name = "with a strange marker",
       .reason = "has a damaged marker",
       .make = marked("of a later version"),
       .dubious = true},
      {.name = "ours", .make = make_ours, .ours = true},
      {.name = "unfinished", .make = make_unfinished, .ours = true},
  };
}

Kinds find_kinds() {
  Kinds kinds{.all = own_kinds(), .missing = {}};
  for (const auto& maker : makers(512 * kMebibyte)) {
    const LoopDisk scratch(512 * kMebibyte);
    const auto made = run_command(for_disk(maker.argv, scratch));
    const auto err = trim(made.err);
    if (made.status != 0) {
      kinds.missing[maker.name] = err.substr(err.rfind('\n') + 1);
      continue;
    }
    const auto make = [maker](MachineDisk& disk, Random&, FileSystem) {
      must_run(for_disk(maker.argv, *disk.disk));
    };
    kinds.all.push_back({maker.name, "carries " + maker.expected.rbegin()->second, make});
  }
  for (const auto& header : headers()) {
    const auto make = [header](MachineDisk& disk, Random&, FileSystem) {
      put_header(*disk.disk, header);
    };
    kinds.all.push_back({header.type, "carries " + header.type, make});
  }
  return kinds;
}

}  // namespace

const Kinds& known_kinds() {
  static const Kinds kinds = find_kinds();
  return kinds;
}

Machine::Machine(std::uint64_t seed) : random_(seed) {
  const auto& kinds = known_kinds().all;
  if (random_.chance(2)) file_system = FileSystem::ext4;
  for (auto left = 1 + random_.below(2); left > 0; --left) add_disk(kinds.front());
  for (auto left = 1 + random_.below(4); left > 0; --left) add_disk(random_.pick(kinds));
  rename_disks();
  choose_wanted();
  if (random_.chance(10))
    rescue = random_.pick<std::string>(
        {"/proc/cmdline", "/etc/os-release", "/proc/sys/kernel/hostname"});
}

void Machine::add_disk(const Kind& kind) {
  MachineDisk made{.role = kind.name,
                   .blank = kind.blank,
                   .ours = kind.ours,
                   .dubious = kind.dubious,
                   .reason = kind.reason};
  made.size =
      kMebibyte * (kind.size != 0 ? kind.size : random_.pick<std::uint64_t>({512, 640, 1024}));
  const bool own = kind.blank || kind.ours;  // tools of others may not know large sectors
  made.disk = std::make_unique<LoopDisk>(made.size, own && random_.chance(4) ? 4096 : 512);
  kind.make(made, random_, file_system);
  const auto index = std::to_string(disks.size());
  made.shown.is_loop = random_.chance(8);
  made.shown.model = random_.pick<std::string>({"QEMU HARDDISK", ""});
  // Blank, or the same for several, as hypervisors have it; or one of its own.
  made.shown.serial = random_.pick<std::string>({"", "twin", "serial-" + index});
  made.shown.transport = random_.pick<std::string>({"scsi", "virtio"});
  if (!random_.chance(3)) made.shown.by_id = {"scsi-0QEMU_" + index, "wwn-0x" + index};
  if (!random_.chance(3)) made.shown.by_path = {"pci-0000:00:05.0-scsi-0:0:0:" + index};
  disks.push_back(std::move(made));
}

void Machine::rename_disks() {
  std::vector<std::string> names = {"sda", "sdb", "sdc", "vda", "nvme0n1", "sdd", "sde"};
  random_.shuffle(names);
  for (std::size_t i = 0; i < disks.size(); ++i) disks[i].shown.name = names.at(i);
}

void Machine::choose_wanted() {
  // Mostly what describes one of the blank disks, which come first.
  const auto& meant =
      random_.chance(4) ? disks[random_.below(static_cast<unsigned>(disks.size()))] : disks.front();
  const auto maybe = [this](std::string& into, const std::string& value) {
    if (random_.chance(3)) into = value;
  };
  if (random_.chance(3))
    wanted.min_size = Bytes{random_.pick<std::uint64_t>({600 * kMebibyte, meant.size})};
  maybe(wanted.serial, meant.shown.serial);
  maybe(wanted.transport, meant.shown.transport);
  if (!meant.shown.by_id.empty()) maybe(wanted.by_id, random_.pick(meant.shown.by_id));
  if (!meant.shown.by_path.empty()) maybe(wanted.by_path, meant.shown.by_path.front());
  if (random_.chance(12)) wanted.serial = "of no disk here";
  if (random_.chance(4) || meant.shown.is_loop) wanted.path = meant.shown.name;
  if (wanted == config::Disk{}) wanted.min_size = Bytes{meant.size};
}

void Machine::plug_into(OverlaidDisks& overlaid) const {
  overlaid.unplug_all();
  for (const auto& one : disks) overlaid.plug(one.disk->name(), one.shown);
}

std::string Machine::describe() const {
  std::string text =
      std::format("file system {}, rescue '{}', wanted: ", to_string(file_system), rescue);
  if (wanted.min_size) text += to_string(*wanted.min_size) + " ";
  text += std::format("serial '{}' transport '{}' by-id '{}' by-path '{}' path '{}'", wanted.serial,
                      wanted.transport, wanted.by_id, wanted.by_path, wanted.path);
  for (const auto& one : disks) {
    text +=
        std::format("\n  {} ({}): {}, {} bytes, serial '{}'{}", one.shown.name, one.disk->name(),
                    one.role, one.size, one.shown.serial, one.shown.is_loop ? ", a loop" : "");
  }
  return text;
}

std::vector<std::string> mismatches_of(const MachineDisk& disk, const config::Disk& wanted) {
  std::vector<std::string> all;
  const auto expect_one = [&all](const std::string& key, const std::string& should, bool met) {
    if (!should.empty() && !met) all.push_back("its " + key + " is ");
  };
  const auto& shown = disk.shown;
  if (wanted.min_size && disk.size < wanted.min_size->count) all.emplace_back("is smaller than ");
  expect_one("serial", wanted.serial, shown.serial == wanted.serial);
  expect_one("transport", wanted.transport, shown.transport == wanted.transport);
  expect_one("by-id", wanted.by_id, std::ranges::contains(shown.by_id, wanted.by_id));
  expect_one("by-path", wanted.by_path, std::ranges::contains(shown.by_path, wanted.by_path));
  expect_one("path", wanted.path, shown.name == wanted.path);
  if (shown.is_loop && wanted.path.empty()) all.emplace_back("is a loop device");
  return all;
}

Expected expect(const Machine& machine) {
  if (!machine.rescue.empty()) return {.refusal = "this is a rescue system"};
  std::vector<const MachineDisk*> ours;
  std::vector<const MachineDisk*> blank;
  bool dubious = false;
  for (const auto& one : machine.disks) {
    if (one.ours) ours.push_back(&one);
    const bool selected = mismatches_of(one, machine.wanted).empty();
    if (one.blank && selected) blank.push_back(&one);
    dubious = dubious || (one.dubious && selected);
  }
  if (ours.size() > 1) return {.refusal = "several disks are this node's data disk"};
  if (!ours.empty() && !mismatches_of(*ours.front(), machine.wanted).empty())
    return {.refusal = "this node has a data disk that storage.disk does not select"};
  if (!ours.empty()) return {.taken = ours.front()};
  if (!blank.empty() && dubious) return {.refusal = "may be this node's data disk"};
  if (blank.size() == 1) return {.taken = blank.front()};
  if (blank.empty()) return {.refusal = "no disk is blank and as storage.disk wants it"};
  return {.refusal = std::format("{} disks are as storage.disk wants it", blank.size())};
}

}  // namespace test
