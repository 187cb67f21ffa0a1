/// Whose files changed, also when their folders are yet to come.
#include "agent/sys/watcher.hpp"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using kgnode::sys::Watcher;
using Owners = std::vector<std::string>;

namespace {

void write(const std::string& path) { std::ofstream(path) << "x"; }

}  // namespace

TEST_CASE("watcher: a file is told when it comes, changes, is replaced and goes") {
  const test::TempDir dir;
  auto watcher = Watcher::make();
  REQUIRE(watcher);
  watcher->watch("mine", {dir / "file"});
  watcher->watch("other", {dir / "else"});
  CHECK(watcher->drain().empty());
  write(dir / "file");
  CHECK(watcher->drain() == Owners{"mine"});
  write(dir / "new");
  CHECK(watcher->drain().empty());
  std::filesystem::rename(dir / "new", dir / "file");
  CHECK(watcher->drain() == Owners{"mine"});
  write(dir / "file");
  CHECK(watcher->drain() == Owners{"mine"});
  std::filesystem::remove(dir / "file");
  CHECK(watcher->drain() == Owners{"mine"});
}

TEST_CASE("watcher: a folder that is not there yet is told by those above it") {
  const test::TempDir dir;
  auto watcher = Watcher::make();
  REQUIRE(watcher);
  watcher->watch("mine", {dir / "a/b/file"});
  std::filesystem::create_directory(dir / "else");
  CHECK(watcher->drain().empty());
  std::filesystem::create_directory(dir / "a");
  CHECK(watcher->drain() == Owners{"mine"});
  std::filesystem::create_directory(dir / "a/b");
  CHECK(watcher->drain() == Owners{"mine"});
  write(dir / "a/b/file");
  CHECK(watcher->drain() == Owners{"mine"});
  std::filesystem::remove_all(dir / "a");
  CHECK(watcher->drain() == Owners{"mine"});
  std::filesystem::create_directories(dir / "a/b");
  CHECK(watcher->drain() == Owners{"mine"});
  write(dir / "a/b/file");
  CHECK(watcher->drain() == Owners{"mine"});
}
