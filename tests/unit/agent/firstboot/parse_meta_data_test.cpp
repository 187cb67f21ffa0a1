/// Who this instance is: OpenStack's meta_data.json and NoCloud's meta-data.
#include "agent/firstboot/parse_meta_data.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::firstboot;

namespace {

constexpr auto kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvRfY0mPLCsJm2Z9oQ2oKcJb6R8qYq3v0m4Z3Q9p7Xk laptop";

}  // namespace

TEST_CASE("meta data: name and instance id are taken, the name as a label") {
  Notes notes;
  const auto meta = parse_meta_data(
      R"({"uuid": "5e3d", "name": "CP-1", "hostname": "cp-1.novalocal"})", "meta", notes);
  CHECK(meta.instance_id == "5e3d");
  CHECK(meta.name == "cp-1");
  CHECK(notes.errors.empty());
}

TEST_CASE("meta data: what is no JSON object is an error that names the document") {
  for (const auto* text : {"", "{", "[]", "3", "nonsense"}) {
    Notes notes;
    INFO(text);
    CHECK(parse_meta_data(text, "meta", notes) == Meta{});
    REQUIRE_FALSE(notes.errors.empty());
    CHECK(notes.errors[0].where.starts_with("meta"));
  }
}

TEST_CASE("meta data: keys are taken once, a broken one is a warning") {
  Notes notes;
  const auto text = std::string(R"({"uuid": "u", "name": "n", "public_keys": {"a": ")") + kKey +
                    R"(", "b": ")" + kKey + R"(", "c": "ssh-rsa nonsense", "d": 3}})";
  const auto meta = parse_meta_data(text, "meta", notes);
  CHECK(meta.ssh_keys == std::vector<std::string>{kKey});
  CHECK(notes.warnings.size() == 2);
}

TEST_CASE("meta data: a host name becomes a label or nothing") {
  CHECK(to_host_label("Node-1.example.org") == "node-1");
  CHECK(to_host_label("-x") == "");
  CHECK(to_host_label("a_b") == "");
  CHECK(to_host_label("") == "");
}

TEST_CASE("NoCloud meta-data: known keys are taken, another is named") {
  Notes notes;
  const auto meta = parse_nocloud_meta("instance-id: i-1\nlocal-hostname: w-1\nflavour: big\n",
                                       "meta-data", notes);
  CHECK(meta.instance_id == "i-1");
  CHECK(meta.name == "w-1");
  REQUIRE(notes.warnings.size() == 1);
  CHECK(notes.warnings[0].text.contains("flavour"));
}
