#include "hardening/modules/profile.hpp"

#include <set>

#include "agent/base/kernel_modules.hpp"
#include "hardening/profiles/profiles.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::hardening;  // the file is about these few names
using kgnode::module_name;

TEST_CASE("modules profile: the table in the binary parses, each line with reason and rule id",
          "[modules]") {
  const auto rows = parse_modules_profile(modules_table());
  REQUIRE(rows);
  CHECK(rows->size() > 70);
  for (const auto& row : *rows) {
    INFO(row.name);
    CHECK(row.reason.size() > 10);
    CHECK(row.ids.size() > 2);
  }
}

TEST_CASE("modules profile: nothing that the node runs on is denied", "[modules]") {
  const std::set<std::string> needed = {
      "overlay", "br_netfilter", "vxlan",     "wireguard", "iscsi_tcp", "dm_crypt",
      "nfs",     "erofs",        "vfat",      "ext4",      "xfs",       "loop",
      "veth",    "bridge",       "nf_tables", "af_alg",    "sunrpc"};
  for (const auto& row : modules_profile()) {
    INFO(row.name);
    CHECK_FALSE((row.action == ModuleAction::deny && needed.contains(module_name(row.name))));
  }
}

TEST_CASE("modules profile: an operator cannot deny what K3s, Longhorn or the node needs",
          "[modules]") {
  CHECK(refuse_denied_module("thunderbolt-net") == std::nullopt);
  CHECK(refuse_denied_module("br-netfilter")
            .value_or("")
            .starts_with("br-netfilter cannot be denied"));
  CHECK(refuse_denied_module("erofs"));
  for (const auto* name : {"", "a b", "../x", "-r", "x\ninstall y /bin/sh"}) {
    CHECK(refuse_denied_module(name));
    CHECK(refuse_module_name(name));
  }
}

TEST_CASE("modules profile: a damaged table is an error", "[modules]") {
  const std::string head = "module\taction\twhen\tids\treason\tconflict\n";
  CHECK(parse_modules_profile(head + "a\tdeny\talways\tX\twhy\t-"));
  CHECK_FALSE(parse_modules_profile(head + "a\tdrop\talways\tX\twhy\t-"));
  CHECK_FALSE(parse_modules_profile(head + "a\tdeny\tnever\tX\twhy\t-"));
  CHECK_FALSE(parse_modules_profile(head + "a b\tdeny\talways\tX\twhy\t-"));
  CHECK_FALSE(
      parse_modules_profile(head + "a-b\tdeny\talways\tX\twhy\t-\na_b\tdeny\talways\tX\twhy\t-"));
}
