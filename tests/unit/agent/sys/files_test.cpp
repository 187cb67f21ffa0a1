#include "agent/sys/files.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using kgnode::sys::Files;
using kgnode::sys::RealFiles;

namespace {
constexpr auto kLimit = Files::kReadLimit;
}

TEST_CASE("files: what was replaced is read back, with its mode and no other file", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  const auto previous = ::umask(0077);
  REQUIRE(files.replace(folder / "a/b/c.conf", "one\n", 0644));
  REQUIRE(files.replace(folder / "a/b/c.conf", "two\n", 0640));
  ::umask(previous);
  CHECK(files.read(folder / "a/b/c.conf", kLimit).value() == "two\n");
  CHECK(files.attributes(folder / "a/b/c.conf").value()->mode == 0640);
  CHECK(files.attributes(folder / "a").value()->mode == 0755);
  CHECK(files.list(folder / "a/b").value() == std::vector<std::string>{"c.conf"});
}

TEST_CASE("files: absent is an answer, not an error", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  CHECK(files.read(folder / "none", kLimit).value() == std::nullopt);
  CHECK(files.read(folder / "none/below", kLimit).value() == std::nullopt);
  CHECK(files.attributes(folder / "none").value() == std::nullopt);
  CHECK(files.list(folder / "none").value().empty());
  CHECK(files.remove(folder / "none"));
}

TEST_CASE("files: more than the limit is an error that names the file, never a cut", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  REQUIRE(files.replace(folder / "big", std::string(100, 'x'), 0600));
  CHECK(files.read(folder / "big", 100).value()->size() == 100);
  const auto cut = files.read(folder / "big", 99);
  REQUIRE_FALSE(cut);
  CHECK_THAT(cut.error().message(), Catch::Matchers::ContainsSubstring("big") &&
                                        Catch::Matchers::ContainsSubstring("more than 99 bytes"));
  CHECK_FALSE(files.read("/dev/zero", 4096));
}

TEST_CASE("files: a replace that fails leaves the old file and no leftover", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  std::filesystem::create_directories(folder / "target/inside");
  CHECK_FALSE(files.replace(folder / "target", "text", 0600));  // a directory that is not empty
  CHECK(files.list(folder.path()).value() == std::vector<std::string>{"target"});
  std::ofstream(folder / "file") << "text";
  CHECK_FALSE(files.replace(folder / "file/below", "text", 0600));
  CHECK(files.read(folder / "file", kLimit).value() == "text");
}

TEST_CASE("files: replacing a link replaces the link, not what it points to", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  std::ofstream(folder / "theirs") << "theirs";
  std::filesystem::create_symlink(folder / "theirs", folder / "ours");
  REQUIRE(files.replace(folder / "ours", "ours", 0600));
  CHECK(files.read(folder / "theirs", kLimit).value() == "theirs");
  CHECK(files.read(folder / "ours", kLimit).value() == "ours");
}

TEST_CASE("files: names are sorted and removed ones are gone", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  for (const auto* name : {"b", "a", ".hidden"}) REQUIRE(files.replace(folder / name, "", 0600));
  CHECK(files.list(folder.path()).value() == std::vector<std::string>{".hidden", "a", "b"});
  REQUIRE(files.remove(folder / "a"));
  CHECK(files.list(folder.path()).value() == std::vector<std::string>{".hidden", "b"});
}

TEST_CASE("files: attributes are set, and a link is refused", "[sys]") {
  const test::TempDir folder;
  RealFiles files;
  REQUIRE(files.replace(folder / "key", "", 0644));
  auto wanted = files.attributes(folder / "key").value().value();
  wanted.mode = 0400;
  REQUIRE(files.set_attributes(folder / "key", wanted));
  CHECK(files.attributes(folder / "key").value() == wanted);
  std::filesystem::create_symlink(folder / "key", folder / "link");
  CHECK_FALSE(files.set_attributes(folder / "link", wanted));
}
