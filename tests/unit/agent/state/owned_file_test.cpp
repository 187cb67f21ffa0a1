/// What we changed, and what was there before, across restarts.
#include "agent/state/owned_file.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using kgnode::state::OwnedFile;
using Entries = kgnode::core::Owned::Entries;

TEST_CASE("owned: the first value wins and is on disk before the change") {
  test::FakeFiles files;
  auto owned = OwnedFile::load(files, "/owned.json").value();
  REQUIRE(owned.remember("sysctl", "kernel.kptr_restrict", "0"));
  REQUIRE(owned.remember("sysctl", "kernel.kptr_restrict", "1"));
  REQUIRE(owned.remember("ssh", "/etc/issue.net", std::nullopt));
  CHECK(files.writes.size() == 2);
  const auto again = OwnedFile::load(files, "/owned.json").value();
  CHECK(again.of("sysctl") == Entries{{"kernel.kptr_restrict", "0"}});
  CHECK(again.of("ssh") == Entries{{"/etc/issue.net", std::nullopt}});
  CHECK(again.of("firewall").empty());
}

TEST_CASE("owned: what was given back is forgotten") {
  test::FakeFiles files;
  auto owned = OwnedFile::load(files, "/owned.json").value();
  REQUIRE(owned.remember("sysctl", "a", "0"));
  REQUIRE(owned.forget("sysctl", "a"));
  REQUIRE(owned.forget("sysctl", "never known"));
  CHECK(OwnedFile::load(files, "/owned.json").value().of("sysctl").empty());
}

TEST_CASE("owned: when it cannot be written, nothing counts as remembered") {
  test::FakeFiles files;
  auto owned = OwnedFile::load(files, "/owned.json").value();
  files.read_only.insert("/owned.json");
  CHECK_FALSE(owned.remember("sysctl", "a", "0"));
  CHECK(owned.of("sysctl").empty());
}

TEST_CASE("owned: a damaged file is refused, never read as empty") {
  test::FakeFiles files;
  files.files["/owned.json"] = GENERATE("", "[1]", "{\"sysctl\": 3}", "{\"sysctl\": {\"a\": 1}}");
  const auto loaded = OwnedFile::load(files, "/owned.json");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message().contains("\"/owned.json\" is damaged"));
}
