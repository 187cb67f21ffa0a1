/// Who uses a disk: mounts in whatever namespace, swap; and that nobody writes to such a disk.
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>

#include "agent/base/text.hpp"
#include "tests/support/loop_disk.hpp"

using namespace kgnode;
using test::LoopDisk, test::list_disk, test::must_run;

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kSize = 320 * kMebibyte;
const sys::TablePlan kTable{.disk_uuid = "11111111-2222-4333-8444-555555555555",
                            .partition_uuid = "66666666-7777-4888-9999-aaaaaaaaaaaa",
                            .partition_label = "kgnode-data"};

class Mounted {
 public:
  Mounted(const std::string& device, const char* type, unsigned long flags = 0) {
    REQUIRE(::mount(device.c_str(), folder_.path().c_str(), type, flags, nullptr) == 0);
  }
  ~Mounted() { (void)::umount2(folder_.path().c_str(), MNT_DETACH); }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  const std::string& folder() const { return folder_.path(); }

 private:
  test::TempDir folder_;
};

/// A process that has done something and waits until the test is over.
class Companion {
 public:
  template <class Work>
  explicit Companion(Work work) {
    int ready[2];
    REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const char done = work() ? 'y' : 'n';
      (void)!::write(ready[1], &done, 1);
      for (;;) ::pause();
    }
    UniqueFd read_end(ready[0]);
    ::close(ready[1]);
    char answer = 'n';
    const bool answered = ::read(read_end.get(), &answer, 1) == 1;
    done_ = answered && answer == 'y';
  }
  ~Companion() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;
  bool done() const { return done_; }

 private:
  pid_t pid_ = 0;
  bool done_ = false;
};

bool mount_privately(const std::string& device, const std::string& folder) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(device.c_str(), folder.c_str(), "ext4", 0, nullptr) == 0;
}

/// Nothing of it may be done to a disk in use, and each refusal says so.
void check_refused(const LoopDisk& disk) {
  sys::RealDisks disks;
  const auto hash = disk.hash();
  const auto refused = Catch::Matchers::ContainsSubstring(disk.path() + " is in use");
  const auto marker = disks.write_marker(disk.path(), "node=cp-1");
  const auto wiped = disks.wipe(disk.path());
  const auto table = disks.write_table(disk.path(), kTable);
  REQUIRE_FALSE(marker);
  REQUIRE_FALSE(wiped);
  REQUIRE_FALSE(table);
  CHECK_THAT(marker.error().message(), refused);
  CHECK_THAT(wiped.error().message(), refused);
  CHECK_THAT(table.error().message(), refused);
  CHECK(disk.hash() == hash);
}

void make_ext4(const std::string& device) {
  must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,nodiscard", device});
}

}  // namespace

TEST_CASE("a mounted disk is listed with its mount point and refused") {
  const LoopDisk disk(kSize);
  make_ext4(disk.path());
  const Mounted mounted(disk.path(), "ext4", MS_RDONLY);  // nothing but us could write
  CHECK(list_disk(disk.name()).mounts == std::vector<std::string>{mounted.folder()});
  check_refused(disk);
}

TEST_CASE("a disk with a mounted partition is refused") {
  const LoopDisk disk(kSize);
  sys::RealDisks disks;
  REQUIRE(disks.write_table(disk.path(), kTable));
  make_ext4(disk.part(1));
  const Mounted mounted(disk.part(1), "ext4", MS_RDONLY);
  const auto partition = list_disk(disk.name() + "p1");
  CHECK(partition.disk == disk.name());
  CHECK(partition.mounts == std::vector<std::string>{mounted.folder()});
  check_refused(disk);
}

TEST_CASE("a mount in another namespace is seen and refused") {
  const LoopDisk disk(kSize);
  const test::TempDir folder;
  make_ext4(disk.path());
  const Companion other([&disk, &folder] { return mount_privately(disk.path(), folder.path()); });
  REQUIRE(other.done());
  CHECK(list_disk(disk.name()).mounts == std::vector<std::string>{folder.path()});
}

TEST_CASE("a process in a chroot does not hide the mounts of its namespace") {
  const LoopDisk disk(kSize);
  const test::TempDir folder;
  const test::TempDir jail;
  make_ext4(disk.path());
  // The parent, which has the lower number, is in a chroot; its child, in the same namespace, is
  // not.
  const Companion other([&disk, &folder, &jail] {
    if (!mount_privately(disk.path(), folder.path())) return false;
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) ::pause();
    }
    return ::chroot(jail.path().c_str()) == 0;
  });
  REQUIRE(other.done());
  CHECK(list_disk(disk.name()).mounts == std::vector<std::string>{folder.path()});
}

TEST_CASE("swap is seen and refused") {
  const LoopDisk disk(16 * kMebibyte);
  must_run({"/usr/sbin/mkswap", "-q", disk.path()});
  REQUIRE(::swapon(disk.path().c_str(), 0) == 0);
  const auto listed = list_disk(disk.name());
  check_refused(disk);
  REQUIRE(::swapoff(disk.path().c_str()) == 0);
  CHECK(listed.swap);
  CHECK_FALSE(list_disk(disk.name()).swap);
}

TEST_CASE("every disk of a btrfs is seen as mounted, although the mount names one") {
  const LoopDisk first(kSize);
  const LoopDisk second(kSize);
  must_run({"/usr/sbin/mkfs.btrfs", "-q", "-K", "-d", "raid1", "-m", "raid1", first.path(),
            second.path()});
  must_run({"/usr/bin/btrfs", "device", "scan", first.path(), second.path()});
  const Mounted mounted(first.path(), "btrfs", MS_RDONLY);
  CHECK(list_disk(first.name()).mounts == std::vector<std::string>{mounted.folder()});
  CHECK(list_disk(second.name()).mounts == std::vector<std::string>{mounted.folder()});
  check_refused(second);
  sys::RealDisks disks;
  const auto space = disks.space(mounted.folder());
  REQUIRE((space && *space));
  CHECK((*space)->device == first.name());
}

TEST_CASE("a disk that another program has claimed is refused, a partition and a link too") {
  const LoopDisk disk(kSize);
  {
    const UniqueFd claim(::open(disk.path().c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
    REQUIRE(claim);
    check_refused(disk);
  }
  sys::RealDisks disks;
  REQUIRE(disks.write_table(disk.path(), kTable));
  const auto partition = disks.write_marker(disk.part(1), "node=cp-1");
  REQUIRE_FALSE(partition);
  CHECK_THAT(partition.error().message(), Catch::Matchers::ContainsSubstring("is a partition"));
  const test::TempDir folder;
  std::filesystem::create_symlink(disk.path(), folder / "link");
  const auto link = disks.wipe(folder / "link");
  REQUIRE_FALSE(link);
  CHECK_THAT(link.error().message(), Catch::Matchers::ContainsSubstring("is a link"));
}

TEST_CASE("another disk under the path of the one that was listed is not written to") {
  sys::RealDisks disks;
  const test::TempDir dev;
  const LoopDisk first(kSize);
  const LoopDisk second(kSize);
  sys::RealDisks moved({.dev = dev.path()});
  const auto attach = [&dev](const LoopDisk& disk) {
    struct stat status{};
    REQUIRE(::stat(disk.path().c_str(), &status) == 0);
    (void)::unlink((dev / "sdb").c_str());  // absent the first time
    REQUIRE(::mknod((dev / "sdb").c_str(), S_IFBLK | 0600, status.st_rdev) == 0);
  };
  attach(first);
  REQUIRE(moved.list());
  attach(second);
  const auto hash = second.hash();
  const auto wiped = moved.wipe(dev / "sdb");
  const auto marked = moved.write_marker(dev / "sdb", "node=cp-1");
  REQUIRE_FALSE(wiped);
  REQUIRE_FALSE(marked);
  CHECK_THAT(marked.error().message(), Catch::Matchers::ContainsSubstring("another disk"));
  CHECK(second.hash() == hash);
  REQUIRE(moved.list());
  CHECK(moved.write_marker(dev / "sdb", "node=cp-1"));
}

TEST_CASE("space tells what is mounted at a folder, and how it is") {
  const LoopDisk disk(kSize);
  sys::RealDisks disks;
  make_ext4(disk.path());
  const test::TempDir empty;
  CHECK(disks.space(empty.path()).value() == std::nullopt);
  const Mounted mounted(disk.path(), "ext4");
  auto space = disks.space(mounted.folder());
  REQUIRE((space && *space));
  CHECK((*space)->device == disk.name());
  CHECK((*space)->total > kSize / 2);
  CHECK((*space)->available < (*space)->total);
  CHECK_FALSE((*space)->read_only);
  CHECK((*space)->trouble.empty());
  REQUIRE(::mount(nullptr, mounted.folder().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) ==
          0);
  CHECK(disks.space(mounted.folder()).value()->read_only);
}
