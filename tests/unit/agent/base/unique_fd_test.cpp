/// A file descriptor has one owner, who closes it once.
#include "agent/base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <array>

#include "agent/base/handle.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;

namespace {

int open_fd() {
  const int fd = ::eventfd(0, EFD_CLOEXEC);
  REQUIRE(fd >= 0);
  return fd;
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

int freed = 0;
void free_number(int* number) {
  ++freed;
  *number = 0;
}

}  // namespace

TEST_CASE("unique fd: closes at the end of its life") {
  const int raw = open_fd();
  {
    const UniqueFd fd(raw);
    CHECK(fd);
    CHECK(fd.get() == raw);
  }
  CHECK_FALSE(is_open(raw));
}

TEST_CASE("unique fd: an empty one owns nothing") {
  const UniqueFd fd;
  CHECK_FALSE(fd);
  CHECK(fd.get() == -1);
}

TEST_CASE("unique fd: moving hands the descriptor on and closes the one it replaces") {
  const int first = open_fd();
  const int second = open_fd();
  UniqueFd a(first);
  UniqueFd b(second);
  a = std::move(b);
  CHECK_FALSE(is_open(first));
  CHECK(a.get() == second);
  const UniqueFd c(std::move(a));
  CHECK(c.get() == second);
  CHECK(is_open(second));
}

TEST_CASE("unique fd: release gives up the descriptor, reset closes it") {
  const int raw = open_fd();
  UniqueFd fd(raw);
  CHECK(fd.release() == raw);
  CHECK_FALSE(fd);
  CHECK(is_open(raw));
  fd.reset(raw);
  fd.reset();
  CHECK_FALSE(is_open(raw));
}

TEST_CASE("handle: frees once, and nothing when empty") {
  int number = 3;
  {
    const Handle<int, free_number> handle(&number);
    CHECK(*handle == 3);
  }
  CHECK(freed == 1);
  {
    const Handle<int, free_number> empty;
  }
  CHECK(freed == 1);
}
