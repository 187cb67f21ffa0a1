#pragma once
/// Random machines of real block devices, and what must become of them.
#include <functional>
#include <memory>

#include "tests/kernel/layouts_world.hpp"
#include "tests/support/disk_contents.hpp"
#include "tests/support/random.hpp"

namespace test {

struct MachineDisk {
  std::string role;  // for whoever reads a failure
  Identification shown;
  std::uint64_t size = 0;
  bool blank = false;  // nobody could miss it
  bool ours = false;
  bool dubious = false;  // it could be ours, for all that one can tell
  std::string reason;    // what a refusal says of it
  std::unique_ptr<LoopDisk> disk;
  bool kernel_writes = false;  // swap, when memory is short
  std::shared_ptr<void> use;   // ends when it goes
};

/// How a disk comes to be what it is.
struct Kind {
  std::string name;
  std::string reason;
  std::function<void(MachineDisk&, Random&, kgnode::config::FileSystem)> make;
  bool blank = false;
  bool ours = false;
  bool dubious = false;
  std::uint64_t size = 0;  // 0: at random
};

struct Kinds {
  std::vector<Kind> all;
  std::map<std::string, std::string> missing;  // why those cannot be made here
};
/// Tries each once.
const Kinds& known_kinds();

struct Machine {
  explicit Machine(std::uint64_t seed);

  void plug_into(OverlaidDisks& overlaid) const;
  /// Names go by the order in which the kernel found the disks.
  void rename_disks();
  std::string describe() const;

  std::vector<MachineDisk> disks;
  kgnode::config::Disk wanted;
  kgnode::config::FileSystem file_system = kgnode::config::FileSystem::xfs;
  std::string rescue;  // a file that says so

 private:
  void add_disk(const Kind& kind);
  void choose_wanted();
  Random random_;
};

/// What the documentation promises, told from how the machine was made.
struct Expected {
  const MachineDisk* taken = nullptr;
  std::string refusal;  // the beginning of it
};
Expected expect(const Machine& machine);
/// Criteria that the disk does not meet, as a refusal has them.
std::vector<std::string> mismatches_of(const MachineDisk& disk, const kgnode::config::Disk& wanted);

}  // namespace test
