/// Which element of which set a ban becomes, and for how long.
#include "hardening/ban/kernel_sets.hpp"

#include "hardening/firewall/rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_nftables.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using namespace kgnode::hardening::ban;
using namespace std::chrono_literals;
using test::prefix;

namespace {

constexpr Time kNow{std::chrono::hours(480'000)};

Ban banned(std::string_view source, std::chrono::seconds left) {
  return {.source = prefix(source), .jail = "sshd", .since = kNow - 1h, .until = kNow + left};
}

std::vector<std::string> filled(const test::FakeNftables& nftables) {
  std::vector<std::string> sets;
  for (const auto& [name, elements] : nftables.elements) {
    if (!elements.empty()) sets.push_back(name);
  }
  return sets;
}

}  // namespace

TEST_CASE("ban sets: the firewall declares exactly the sets that bans go into") {
  struct Row {
    SourceBits bits;
    std::vector<std::string> sets;
  };
  for (const auto& [bits, sets] :
       {Row{{32, 64}, {"ban4", "bannet4", "block4", "ban6", "ban6_64", "bannet6", "block6"}},
        Row{{24, 56},
            {"ban4", "ban4_24", "bannet4", "block4", "ban6", "ban6_56", "bannet6", "block6"}},
        Row{{32, 128}, {"ban4", "bannet4", "block4", "ban6", "bannet6", "block6"}}}) {
    const auto rules = firewall::make_closed_ruleset(bits);
    std::vector<std::string> declared;
    for (const auto& set : rules.sets) {
      if (set.use == firewall::SetUse::ban) declared.push_back(set.name);
    }
    CHECK(declared == sets);
    for (const std::string_view source :
         {"192.0.2.1", "192.0.2.0/24", "192.0.0.0/16", "2001:db8::1", "2001:db8::/64",
          "2001:db8::/56", "2001:db8::/32"}) {
      INFO(source);
      const auto* set = rules.find_set(find_ban_set(prefix(source), bits).name);
      REQUIRE(set != nullptr);
      CHECK(set->interval == find_ban_set(prefix(source), bits).interval);
    }
  }
}

TEST_CASE("ban sets: addresses and sources go into hash sets, other networks into interval sets") {
  struct Row {
    std::string_view source;
    SourceBits bits;
    std::string set;
  };
  for (const auto& [source, bits, set] :
       {Row{"192.0.2.1", {}, "ban4"}, Row{"192.0.2.0/24", {}, "bannet4"},
        Row{"192.0.2.0/24", {24, 64}, "ban4_24"}, Row{"2001:db8::1", {}, "ban6"},
        Row{"2001:db8::/64", {}, "ban6_64"}, Row{"2001:db8::/48", {}, "bannet6"},
        Row{"2001:db8::/64", {32, 48}, "bannet6"}}) {
    INFO(source);
    test::FakeNftables nftables;
    KernelSets sets(nftables);
    REQUIRE(sets.fill(bits, std::vector{banned(source, 60s)}, {}, kNow));
    CHECK(filled(nftables) == std::vector{set});
    const auto& element = nftables.elements[set].begin()->second;
    CHECK(element.key == to_key(prefix(source).network));
    CHECK(element.timeout == 60s);
    REQUIRE(sets.remove(std::vector{prefix(source)}, kNow));
    CHECK(filled(nftables).empty());
  }
}

TEST_CASE("ban sets: what is over is not sent, and no time left is longer than the ban") {
  test::FakeNftables nftables;
  KernelSets sets(nftables);
  const auto early = kNow - 24h * 365;  // a clock that is far behind
  REQUIRE(sets.add(std::vector{banned("192.0.2.1", -1s), banned("192.0.2.2", 0s)}, kNow));
  CHECK(filled(nftables).empty());
  REQUIRE(sets.add(std::vector{banned("192.0.2.3", 60s), banned("10.0.0.0/8", 60s)}, early));
  CHECK(nftables.elements["ban4"].begin()->second.timeout == 1h + 60s);
  CHECK(nftables.elements["bannet4"].begin()->second.timeout == 1h + 60s);
}

TEST_CASE("ban sets: new bans replace the timeout, restored ones need not") {
  test::FakeNftables nftables;
  KernelSets sets(nftables);
  REQUIRE(sets.fill({}, std::vector{banned("192.0.2.1", 60s)}, {}, kNow));
  CHECK(nftables.edits.back().change == sys::Change::add);
  REQUIRE(sets.add(std::vector{banned("192.0.2.1", 90s)}, kNow));
  CHECK(nftables.edits.back().change == sys::Change::put);
  CHECK(nftables.elements["ban4"].begin()->second.timeout == 90s);
}

TEST_CASE("ban sets: many bans go in batches, each a transaction") {
  test::FakeNftables nftables;
  KernelSets sets(nftables);
  std::vector<Ban> bans;
  for (unsigned i = 0; i < 10'000; ++i) {
    bans.push_back(banned("192.0.2.1", 60s));
    bans.back().source.network.bytes[1] = static_cast<std::uint8_t>(i >> 8U);
    bans.back().source.network.bytes[2] = static_cast<std::uint8_t>(i);
  }
  REQUIRE(sets.add(bans, kNow));
  CHECK(nftables.transactions == 3);
  CHECK(nftables.elements["ban4"].size() == 10'000);
  for (const auto& edit : nftables.edits) CHECK(edit.elements.size() <= KernelSets::kBatch);
}

TEST_CASE("ban sets: block lists come and go beside bans of the same addresses") {
  test::FakeNftables nftables;
  KernelSets sets(nftables);
  const std::vector bans = {banned("192.0.2.1", 60s), banned("10.1.0.0/16", 60s)};
  REQUIRE(sets.fill({}, bans, std::vector{prefix("192.0.2.1"), prefix("10.0.0.0/8")}, kNow));
  CHECK(filled(nftables) == std::vector<std::string>{"ban4", "bannet4", "block4"});
  CHECK(nftables.elements["block4"].begin()->second.timeout == 0s);
  CHECK(nftables.elements["bannet4"].size() == 2);  // the ban is inside the list's network

  nftables.edits.clear();
  REQUIRE(sets.set_listed(std::vector{prefix("192.0.2.1"), prefix("192.0.2.9")}, kNow));
  CHECK(nftables.elements["block4"].size() == 2);
  // Without the list the ban is there on its own.
  CHECK(nftables.elements["bannet4"].begin()->second.timeout == 60s);
  CHECK(nftables.elements["bannet4"].begin()->second.key == sys::nft::Raw{10, 1, 0, 0});

  REQUIRE(sets.remove(std::vector{prefix("192.0.2.1"), prefix("10.1.0.0/16")}, kNow));
  REQUIRE(sets.set_listed({}, kNow));
  CHECK(filled(nftables).empty());
}

TEST_CASE("ban sets: lists of an earlier run do not stay") {
  test::FakeNftables nftables;
  REQUIRE(KernelSets(nftables).fill(
      {}, {}, std::vector{prefix("192.0.2.1"), prefix("10.0.0.0/8"), prefix("2001:db8::/32")},
      kNow));
  nftables.transactions = 0;
  REQUIRE(KernelSets(nftables).fill({}, {}, std::vector{prefix("192.0.2.2")}, kNow));
  CHECK(filled(nftables) == std::vector<std::string>{"block4"});
  CHECK(nftables.elements["block4"].begin()->second.key == sys::nft::Raw{192, 0, 2, 2});
}

TEST_CASE("ban sets: after a refusal the same call does what is left") {
  test::FakeNftables nftables;
  KernelSets sets(nftables);
  REQUIRE(sets.fill({}, {}, {}, kNow));
  const std::vector bans = {banned("192.0.2.1", 60s), banned("10.0.0.0/8", 60s)};
  nftables.refuse_edits = true;
  CHECK_FALSE(sets.add(bans, kNow));
  CHECK(filled(nftables).empty());
  nftables.refuse_edits = false;
  REQUIRE(sets.add(bans, kNow));
  CHECK(filled(nftables) == std::vector<std::string>{"ban4", "bannet4"});
  nftables.refuse_edits = true;
  CHECK_FALSE(sets.remove(std::vector{prefix("10.0.0.0/8")}, kNow));
  nftables.refuse_edits = false;
  REQUIRE(sets.remove(std::vector{prefix("10.0.0.0/8")}, kNow));
  CHECK(filled(nftables) == std::vector<std::string>{"ban4"});
}

TEST_CASE("ban sets: before there is a configuration most bans tell what counts as one source") {
  struct Row {
    std::vector<Ban> bans;
    SourceBits bits;
  };
  for (const auto& [bans, bits] :
       {Row{{}, {32, 64}}, Row{{banned("192.0.2.1", 1s), banned("2001:db8::1", 1s)}, {32, 128}},
        Row{{banned("192.0.2.0/24", 1s), banned("192.0.3.0/24", 1s), banned("192.0.2.1", 1s)},
            {24, 64}},
        Row{{banned("2001:db8::/56", 1s), banned("2001:db8::/32", 1s), banned("2001:db9::/32", 1s)},
            {32, 56}},
        Row{{banned("10.0.0.0/8", 1s)}, {32, 64}}}) {
    CHECK(common_bits(bans) == bits);
  }
}
