/// Events of the kernel about block devices.
#include "agent/sys/disk_events.hpp"

#include <poll.h>

#include <cstdlib>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

bool comes(kgnode::sys::DiskEvents& events) {
  for (int i = 0; i < 100; ++i) {
    pollfd ready{.fd = events.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 100) > 0 && events.drain()) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("disk events: a device that comes is told, a link that comes is not") {
  auto events = kgnode::sys::DiskEvents::open();
  REQUIRE(events);
  (void)events->drain();
  REQUIRE(std::system("ip link add kgevent type veth peer name kgevent2") == 0);  // NOLINT: a test
  CHECK_FALSE(events->drain());

  const test::TempDir folder;
  const auto file = folder / "disk";
  const auto attach = "truncate -s 1M " + file + " && d=$(losetup --find --show " + file +
                      ") && losetup --detach $d";
  REQUIRE(std::system(attach.c_str()) == 0);  // NOLINT: a test may use a shell
  CHECK(comes(*events));
}
