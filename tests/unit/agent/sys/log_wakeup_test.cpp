#include "agent/sys/log_wakeup.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/manual_timers.hpp"
#include "tests/support/temp_dir.hpp"

using kgnode::UniqueFd;
using kgnode::sys::LogWakeup;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLooks = LogWakeup::kPauses.size();

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  return address;
}

UniqueFd bind_to(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = address_of(path);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

/// As journald does: from a socket of its own, without waiting.
bool send_to(const std::string& path, const std::string& text) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = address_of(path);
  return ::sendto(fd.get(), text.data(), text.size(), MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0;
}

struct Rig {
  test::TempDir folder;
  std::string path = folder / "syslog";
  test::ManualTimers timers;
  std::size_t looks = 0;
  LogWakeup wakeup{timers, [this] { ++looks; }, path};

  void start() {
    REQUIRE(wakeup.start());
    looks = 0;
  }
};

}  // namespace

TEST_CASE("log wakeup: a datagram makes it look at once and a few times soon after, then rest",
          "[sys]") {
  Rig rig;
  rig.start();
  CHECK(rig.wakeup.finding().empty());
  REQUIRE(send_to(rig.path, "<38>whatever"));
  rig.wakeup.on_readable();
  CHECK(rig.looks == 1);
  rig.timers.advance(1ms);
  CHECK(rig.looks == 2);
  rig.timers.advance(100ms);
  CHECK(rig.looks == kLooks);
  rig.timers.advance(4000ms);
  CHECK(rig.looks == kLooks);
}

TEST_CASE("log wakeup: a flood is drained in parts, and never adds up looks", "[sys]") {
  Rig rig;
  rig.start();
  std::size_t wakes = 0;
  std::size_t sent = 0;
  for (; wakes < 50; ++wakes) {
    while (sent < 10'000 && send_to(rig.path, "x")) ++sent;
    rig.wakeup.on_readable();
    CHECK(rig.looks == wakes + 1);
  }
  CHECK(sent > wakes);
  rig.timers.advance(100ms);
  CHECK(rig.looks == wakes + kLooks - 1);  // only those of the last one
}

TEST_CASE("log wakeup: without a datagram it looks rarely", "[sys]") {
  Rig rig;
  rig.start();
  rig.wakeup.on_readable();  // woken for nothing
  CHECK(rig.looks == 0);
  rig.timers.advance(LogWakeup::kPollBeside);
  CHECK(rig.looks == 1);
}

TEST_CASE("log wakeup: a socket file left by a dead agent is replaced, and is ours alone",
          "[sys]") {
  Rig rig;
  (void)bind_to(rig.path);
  REQUIRE(std::filesystem::exists(rig.path));
  rig.start();
  CHECK(rig.wakeup.finding().empty());
  struct stat status{};
  REQUIRE(::stat(rig.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("log wakeup: where a syslog daemon listens it polls, says so, and takes over later",
          "[sys]") {
  Rig rig;
  auto daemon = bind_to(rig.path);
  rig.start();
  CHECK(rig.wakeup.finding().find("rsyslog") != std::string::npos);
  rig.timers.advance(1000ms);
  CHECK(rig.looks == 10);
  REQUIRE(send_to(rig.path, "for the daemon"));
  char byte = 0;
  CHECK(::recv(daemon.get(), &byte, 1, MSG_DONTWAIT) == 1);

  daemon.reset();
  rig.timers.advance(LogWakeup::kPollBeside);
  CHECK(rig.wakeup.finding().empty());
  rig.looks = 0;
  REQUIRE(send_to(rig.path, "for us"));
  rig.wakeup.on_readable();
  CHECK(rig.looks == 1);
}

TEST_CASE("log wakeup: a socket that is taken away is noticed, and not removed from its new owner",
          "[sys]") {
  test::TempDir folder;
  const auto path = folder / "syslog";
  test::ManualTimers timers;
  std::size_t looks = 0;
  UniqueFd thief;
  {
    LogWakeup wakeup(timers, [&looks] { ++looks; }, path);
    REQUIRE(wakeup.start());
    std::filesystem::rename(path, path + ".old");  // keeps the inode in use
    thief = bind_to(path);
    timers.advance(LogWakeup::kPollBeside);
    CHECK(wakeup.finding().find("taken away") != std::string::npos);
    looks = 0;
    timers.advance(1000ms);
    CHECK(looks == 10);
  }
  CHECK(std::filesystem::exists(path));
}
