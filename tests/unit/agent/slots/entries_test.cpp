#include "agent/slots/entries.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::slots;

TEST_CASE("entries: counters are read and written back", "[slots]") {
  CHECK(parse_entry("kgnode_1.2.0.efi") == Entry{.version = "1.2.0"});
  CHECK(parse_entry("kgnode_1.2.0+3.efi") == Entry{.version = "1.2.0", .tries_left = 3});
  CHECK(parse_entry("KGNODE_1.2.0+2-1.EFI") ==
        Entry{.version = "1.2.0", .tries_left = 2, .tries_done = 1});
  for (const auto* name : {"kgnode_1.2.0.efi", "kgnode_1.2.0~rc1+3.efi", "kgnode_1.2.0+0-3.efi"})
    CHECK(to_file(*parse_entry(name)) == name);
  CHECK(parse_entry("kgnode_1.2.0.efi")->is_good());
  CHECK(parse_entry("kgnode_1.2.0+0-3.efi")->has_failed());
  CHECK_FALSE(parse_entry("kgnode_1.2.0+1-2.efi")->has_failed());
}

TEST_CASE("entries: what is none of ours is left alone", "[slots]") {
  for (const auto* name :
       {"debian.efi", "kgnode_.efi", "kgnode_1.efi.part", "kgnode_1+.efi", "kgnode_1+x.efi",
        "kgnode_1+1-.efi", "kgnode-1.efi", "kgnode_1 2.efi", ""}) {
    CAPTURE(name);
    CHECK_FALSE(parse_entry(name));
  }
}
