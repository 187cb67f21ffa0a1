/// The store of bans on a file system that is really full.
#include <sys/mount.h>

#include <fstream>

#include "hardening/ban/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using namespace kgnode::hardening::ban;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{std::chrono::hours(480'000)};

/// A file system of its own in a folder.
class SmallDisk {
 public:
  SmallDisk() { REQUIRE(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=512k") == 0); }
  ~SmallDisk() { (void)::umount2(folder_.path().c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::string operator/(const std::string& name) const { return folder_ / name; }
  void fill() const {
    std::ofstream file(folder_ / "fill");
    const std::string block(4096, 'x');
    while (file << block << std::flush) {
    }
  }
  void make_room() const { (void)::unlink((folder_ / "fill").c_str()); }

 private:
  test::TempDir folder_;
};

NewBan new_ban(std::string_view source) {
  return {.ban = {.source = *parse_prefix(source),
                  .jail = "sshd",
                  .since = kNow,
                  .until = kNow + 1h,
                  .strikes = 1},
          .lines = {"a line"}};
}

}  // namespace

TEST_CASE(
    "ban store: a full disk keeps no stored ban from being read, nor a new one from being "
    "stored later") {
  const SmallDisk disk;
  const auto path = disk / "bans.db";
  REQUIRE(Store(path).commit(std::array{new_ban("192.0.2.1")}, kNow));
  disk.fill();

  Store store(path);
  const auto bans = store.load(kNow);
  INFO((bans ? "" : bans.error().message()));
  REQUIRE(bans);
  REQUIRE(bans->size() == 1);
  const auto refused = store.commit(std::array{new_ban("192.0.2.2")}, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == std::errc::no_space_on_device);
  CHECK(store.load(kNow)->size() == 1);

  disk.make_room();
  REQUIRE(store.commit(std::array{new_ban("192.0.2.2")}, kNow));
  CHECK(Store(path).load(kNow).has_value() == false);  // locked by the first
  CHECK(store.load(kNow)->size() == 2);
}
