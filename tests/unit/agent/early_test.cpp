/// The bans of the last boot, before the network.
#include "agent/early.hpp"

#include <filesystem>
#include <fstream>

#include "hardening/firewall/firewall.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_nftables.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using namespace std::chrono_literals;
using ban::Store;

namespace {

constexpr ban::Time kNow{std::chrono::hours(480'000)};

void commit(const std::string& path, std::vector<std::string_view> sources) {
  Store store(path);
  std::vector<ban::NewBan> bans;
  for (const auto source : sources) {
    bans.push_back({.ban = {.source = test::prefix(source),
                            .jail = "sshd",
                            .since = kNow - 10min,
                            .until = kNow + 50min},
                    .lines = {}});
  }
  REQUIRE(store.commit(bans, kNow));
}

}  // namespace

TEST_CASE("early: bans in force are restored with the time they have left") {
  const test::TempDir folder;
  commit(folder / "bans.db", {"203.0.113.7", "2001:db8::/64"});
  test::FakeNftables nftables;
  REQUIRE(load_closed_firewall(nftables));
  Store store(folder / "bans.db");
  CHECK(*restore_bans(nftables, store, kNow) == 2);
  CHECK(nftables.replaced == 1);
  CHECK(nftables.elements["ban4"].begin()->second.timeout == 50min);
  CHECK(nftables.elements["ban6_64"].size() == 1);
  CHECK(*restore_bans(nftables, store, kNow + 1h) == 0);
}

TEST_CASE("early: the closed firewall gets the sets that these bans need") {
  const test::TempDir folder;
  commit(folder / "bans.db", {"203.0.113.0/24", "2001:db8::/56"});
  test::FakeNftables nftables;
  REQUIRE(load_closed_firewall(nftables));
  Store store(folder / "bans.db");
  CHECK(*restore_bans(nftables, store, kNow) == 2);
  CHECK(std::ranges::contains(nftables.table->sets, "ban4_24", &sys::nft::Set::name));
  CHECK(nftables.elements["ban4_24"].size() == 1);
  CHECK(nftables.elements["ban6_56"].size() == 1);
}

TEST_CASE("early: with a damaged store the node is closed all the same, and it is said") {
  const test::TempDir folder;
  std::ofstream(folder / "bans.db") << std::string(10'000, '#');
  test::FakeNftables nftables;
  REQUIRE(load_closed_firewall(nftables));
  Store store(folder / "bans.db");
  CHECK(*restore_bans(nftables, store, kNow) == 0);
  CHECK(store.take_notes().size() == 1);
  CHECK(nftables.table);
}
