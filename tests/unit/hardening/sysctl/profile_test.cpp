#include "hardening/sysctl/profile.hpp"

#include <map>

#include "hardening/profiles/profiles.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::hardening::parse_sysctl_profile;
using kgnode::hardening::refuse_sysctl_override;
using kgnode::hardening::sysctl_profile;

TEST_CASE("sysctl profile: the table in the binary parses, each line with reason and rule id",
          "[sysctl]") {
  const auto rows = parse_sysctl_profile(kgnode::hardening::sysctl_table());
  REQUIRE(rows);
  CHECK(rows->size() > 80);
  for (const auto& row : *rows) {
    INFO(row.key);
    CHECK(row.reason.size() > 10);
    CHECK(row.ids.size() > 2);
  }
}

TEST_CASE("sysctl profile: what the kubelet compares is there exactly and cannot be overridden",
          "[sysctl]") {
  const std::map<std::string, std::string> kubelet = {{"vm.panic_on_oom", "0"},
                                                      {"vm.overcommit_memory", "1"},
                                                      {"kernel.panic", "10"},
                                                      {"kernel.panic_on_oops", "1"},
                                                      {"kernel.keys.root_maxbytes", "25000000"},
                                                      {"kernel.keys.root_maxkeys", "1000000"}};
  std::map<std::string, std::string> found;
  for (const auto& row : sysctl_profile()) {
    if (kubelet.contains(row.key)) found[row.key] = row.value;
  }
  CHECK(found == kubelet);
  for (const auto& [key, value] : kubelet) {
    CHECK(refuse_sysctl_override(key, value) == std::nullopt);
    CHECK_THAT(refuse_sysctl_override(key, "7").value_or(""),
               ContainsSubstring(key + " must stay " + value));
  }
}

TEST_CASE("sysctl profile: an override that stops the node's work is refused", "[sysctl]") {
  CHECK(refuse_sysctl_override("net.ipv4.ip_forward", "0"));
  CHECK(refuse_sysctl_override("kernel.modules_disabled", "1"));
  CHECK(refuse_sysctl_override("net.bridge.bridge-nf-call-iptables", "0"));
}

TEST_CASE("sysctl profile: an override must be a key and a value on one line", "[sysctl]") {
  CHECK(refuse_sysctl_override("vm.swappiness", "10") == std::nullopt);
  CHECK(refuse_sysctl_override("net.ipv4.conf.eth0/100.rp_filter", "2") == std::nullopt);
  CHECK(refuse_sysctl_override("net.ipv4.conf.all.rp_filter", "2") == std::nullopt);
  CHECK(refuse_sysctl_override("vm.swappiness", ""));
  CHECK(refuse_sysctl_override("vm.swappiness", "10\nkernel.panic = 0"));
  for (const auto* key :
       {"", "swappiness", "vm/swappiness", "vm..swappiness", ".vm", "vm.", "a b.c", "vm.swap\n"}) {
    INFO(key);
    CHECK(refuse_sysctl_override(key, "1"));
  }
}

TEST_CASE("sysctl profile: a damaged table is an error", "[sysctl]") {
  const std::string head = "key\tvalue\twhen\toverride\tids\treason\tconflict\n";
  CHECK(parse_sysctl_profile(head + "a.b\t1\talways\tfree\tX\twhy\t-"));
  CHECK_FALSE(parse_sysctl_profile(head + "a.b\t1\tsometimes\tfree\tX\twhy\t-"));
  CHECK_FALSE(parse_sysctl_profile(head + "a.b\t1\talways\tmaybe\tX\twhy\t-"));
  CHECK_FALSE(parse_sysctl_profile(head + "ab\t1\talways\tfree\tX\twhy\t-"));
  CHECK_FALSE(parse_sysctl_profile(head + "a.b\t1\talways\tfree\tX\twhy\t-\n" +
                                   "a.b\t2\talways\tfree\tX\twhy\t-"));
}
