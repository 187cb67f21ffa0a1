/// What is kept of files before they are changed.
#include "agent/state/kept_files.hpp"

#include "agent/state/pending.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_owned.hpp"

using kgnode::state::KeptFile;
using kgnode::state::KeptFiles;
using Attributes = kgnode::sys::Files::Attributes;

namespace {

struct Node {
  test::FakeFiles files;
  test::FakeOwned owned;
  KeptFiles kept{files, owned};
};

}  // namespace

TEST_CASE("kept files: text and attributes of the first time, whatever is written after") {
  Node node;
  node.files.files["/etc/issue.net"] = "Debian \xE9\n";  // no UTF-8
  node.files.modes["/etc/issue.net"] = {.mode = 0640, .uid = 0, .gid = 4};
  REQUIRE(node.kept.replace("/etc/issue.net", "ours", 0644));
  REQUIRE(node.kept.replace("/etc/issue.net", "ours again", 0644));
  CHECK(node.files.files["/etc/issue.net"] == "ours again");
  const auto all = node.kept.kept();
  REQUIRE(all);
  CHECK(*all ==
        std::map<std::string, KeptFile>{{"/etc/issue.net",
                                         {.before = Attributes{.mode = 0640, .uid = 0, .gid = 4},
                                          .text = "Debian \xE9\n",
                                          .written = kgnode::state::hash_text("ours again")}}});
}

TEST_CASE("kept files: a file that was not there is remembered as absent") {
  Node node;
  REQUIRE(node.kept.replace("/etc/sysctl.d/90-kgnode.conf", "# Written by kgnode\n", 0644));
  const auto all = node.kept.kept();
  REQUIRE(all);
  CHECK(all->at("/etc/sysctl.d/90-kgnode.conf") == KeptFile{});
}

TEST_CASE("kept files: the original is on disk before the file is changed") {
  Node node;
  node.files.files["/etc/a"] = "before";
  REQUIRE(node.kept.replace("/etc/a", "after", 0644));
  CHECK(node.files.writes == std::vector<std::string>{"/var/lib/kgnode/original/etc/a", "/etc/a"});
}

TEST_CASE("kept files: only attributes were changed") {
  Node node;
  node.files.files["/etc/ssh/sshd_config"] = "Port 22\n";
  node.files.modes["/etc/ssh/sshd_config"] = {.mode = 0644};
  REQUIRE(node.kept.set_attributes("/etc/ssh/sshd_config", {.mode = 0600}));
  const auto all = node.kept.kept();
  REQUIRE(all);
  CHECK(all->at("/etc/ssh/sshd_config") ==
        KeptFile{.before = Attributes{.mode = 0644}, .text = {}, .only_attributes = true});
}

TEST_CASE("kept files: what is not below /etc passes through") {
  Node node;
  node.files.files["/var/lib/kgnode/ssh/key"] = "secret";
  node.files.files["/run/kgnode/mark"] = "";
  REQUIRE(node.kept.replace("/run/kgnode/mark", "x", 0600));
  REQUIRE(node.kept.set_attributes("/var/lib/kgnode/ssh/key", {.mode = 0600}));
  REQUIRE(node.kept.remove("/run/kgnode/mark"));
  CHECK(node.owned.log.empty());
}

TEST_CASE("kept files: forgotten, nothing of it is left") {
  Node node;
  node.files.files["/etc/a"] = "before";
  REQUIRE(node.kept.remove("/etc/a"));
  REQUIRE(node.kept.forget("/etc/a"));
  const auto all = node.kept.kept();
  REQUIRE(all);
  CHECK(all->empty());
  CHECK(node.files.files.empty());
}

TEST_CASE("kept files: an original that is gone is an error, not an empty file") {
  Node node;
  node.files.files["/etc/a"] = "before";
  REQUIRE(node.kept.replace("/etc/a", "after", 0644));
  node.files.files.erase("/var/lib/kgnode/original/etc/a");
  const auto all = node.kept.kept();
  REQUIRE_FALSE(all);
  CHECK(all.error().message().contains("put a file there"));
}
