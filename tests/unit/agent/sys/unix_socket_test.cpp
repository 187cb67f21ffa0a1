#include "agent/sys/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using kgnode::UniqueFd;
using kgnode::sys::bind_unix_socket;

namespace {

UniqueFd make_socket(int type) { return UniqueFd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)); }

}  // namespace

TEST_CASE("unix socket: a file that a dead program left is replaced, whatever its type was",
          "[sys]") {
  test::TempDir folder;
  const auto path = folder / "socket";
  const int old_type = GENERATE(SOCK_STREAM, SOCK_DGRAM);
  const int type = GENERATE(SOCK_STREAM, SOCK_DGRAM);
  REQUIRE(bind_unix_socket(make_socket(old_type), path, 0600));
  REQUIRE(std::filesystem::exists(path));

  const UniqueFd socket = make_socket(type);
  REQUIRE(bind_unix_socket(socket, path, 0640));
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("unix socket: one that is held is left alone, also before its owner listens", "[sys]") {
  test::TempDir folder;
  const auto path = folder / "socket";
  const UniqueFd owner = make_socket(GENERATE(SOCK_STREAM, SOCK_DGRAM));
  REQUIRE(bind_unix_socket(owner, path, 0600));

  const auto bound = bind_unix_socket(make_socket(GENERATE(SOCK_STREAM, SOCK_DGRAM)), path, 0600);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().message() == "another program holds \"" + path + "\"");
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("unix socket: another file, and a path that no socket can have, are errors", "[sys]") {
  test::TempDir folder;
  const auto path = folder / "file";
  std::ofstream(path) << "mine";
  const UniqueFd socket = make_socket(SOCK_STREAM);
  const auto bound = bind_unix_socket(socket, path, 0600);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().message() == "\"" + path + "\" is there and is no socket: remove it");
  CHECK(std::filesystem::file_size(path) == 4);
  CHECK_FALSE(bind_unix_socket(socket, "/" + std::string(200, 'x'), 0600));
}
