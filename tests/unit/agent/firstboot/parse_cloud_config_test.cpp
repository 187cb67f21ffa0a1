/// #cloud-config: names, keys and files are followed, everything else is named.
#include "agent/firstboot/parse_cloud_config.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::firstboot;

namespace {

constexpr auto kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvRfY0mPLCsJm2Z9oQ2oKcJb6R8qYq3v0m4Z3Q9p7Xk laptop";

}  // namespace

TEST_CASE("cloud-config: keys of the document and of its users are gathered") {
  UserData data;
  Notes notes;
  parse_cloud_config(std::string("#cloud-config\nhostname: w-1\nssh_authorized_keys:\n  - ") +
                         kKey + "\nusers:\n  - name: ops\n    ssh_authorized_keys:\n      - " +
                         kKey + "\n",
                     "user data", data, notes);
  CHECK(data.hostname == "w-1");
  CHECK(data.ssh_keys == std::vector<std::string>{kKey});
  CHECK(notes.errors.empty());
}

TEST_CASE("cloud-config: a key that is not followed is named in a warning") {
  UserData data;
  Notes notes;
  parse_cloud_config("#cloud-config\npackages: [htop]\nruncmd: [[ls]]\n", "user data", data, notes);
  REQUIRE(notes.warnings.size() == 2);
  CHECK(notes.warnings[0].text.contains("packages"));
  CHECK(notes.warnings[1].text.contains("runcmd"));
  CHECK(data == UserData{});
}

TEST_CASE("cloud-config: what is no mapping is an error") {
  for (const auto* text : {"#cloud-config\n- a\n", "#cloud-config\na: [\n", "#cloud-config\nx\n"}) {
    UserData data;
    Notes notes;
    INFO(text);
    parse_cloud_config(text, "user data", data, notes);
    CHECK_FALSE(notes.errors.empty());
  }
}

TEST_CASE("cloud-config: files may be written only where this system can be written") {
  CHECK_FALSE(refuse_path("/etc/kgnode/node.toml"));
  CHECK_FALSE(refuse_path("/var/lib/app/config"));
  for (const auto* path : {"etc/passwd", "/usr/bin/x", "/etc/../usr/x", "/var//x", "/var/lib/"}) {
    INFO(path);
    CHECK(refuse_path(path));
  }
}
