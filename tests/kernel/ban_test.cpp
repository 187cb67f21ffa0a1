/// Bans as the kernel holds them, and what survives: replacements, restarts, a full disk.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <format>
#include <fstream>
#include <set>
#include <thread>

#include "agent/early.hpp"
#include "hardening/ban/kernel_sets.hpp"
#include "hardening/ban/store.hpp"
#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/rules.hpp"
#include "tests/kernel/firewall_world.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using namespace std::chrono_literals;
using ban::Ban;
using ban::KernelSets;
using ban::Store;
using test::run;

namespace {

ban::Time now() { return std::chrono::system_clock::now(); }

Ban banned(std::string_view source, std::chrono::milliseconds time = 1h) {
  const auto from = now();
  return {.source = *parse_prefix(source), .jail = "sshd", .since = from, .until = from + time};
}

std::vector<Prefix> sources_of(std::span<const Ban> bans) {
  std::vector<Prefix> sources;
  for (const auto& ban : bans) sources.push_back(ban.source);
  return sources;
}

std::vector<ban::NewBan> stored(std::span<const Ban> bans) {
  std::vector<ban::NewBan> all;
  for (const auto& ban : bans) all.push_back({.ban = ban, .lines = {"a line"}});
  return all;
}

/// A node closed by itself, without neighbours.
struct Node {
  explicit Node(sys::Ownership ownership = sys::Ownership::where_possible) {
    nftables = open();
    nftables->set_ownership(ownership);
    REQUIRE(load_closed_firewall(*nftables));
  }
  std::optional<sys::RealNftables> open() const {
    const auto inside = space.enter();
    auto opened = sys::RealNftables::open();
    REQUIRE(opened);
    return *std::move(opened);
  }
  std::string list(const std::string& set) const {
    const auto inside = space.enter();
    return run({"nft", "-n", "list", "set", "inet", "kgnode", set});
  }
  /// The kernel grows a hash set in the background, and one that is read meanwhile lacks elements:
  /// read until two readings agree.
  std::size_t count(const std::string& set) {
    auto before = count_once(set);
    for (int reading = 0; reading < 50; ++reading) {
      std::this_thread::sleep_for(20ms);
      const auto after = count_once(set);
      if (after == before) break;
      before = after;
    }
    return before;
  }
  std::size_t count_once(const std::string& set) {
    const auto elements = nftables->list_elements("kgnode", set);
    REQUIRE(elements);
    std::set<std::pair<std::string, bool>> different;
    for (const auto& element : *elements)
      different.emplace(std::string(element.key.begin(), element.key.end()), element.interval_end);
    return different.size();
  }

  /// What an element has left; 0: it is not there, or has no end.
  std::chrono::milliseconds left(const std::string& set, const Prefix& source) {
    const auto elements = nftables->list_elements("kgnode", set);
    REQUIRE(elements);
    const auto key = ban::to_key(source.network);
    const auto found = std::ranges::find_if(*elements, [&key](const auto& element) {
      return element.key == key && !element.interval_end;
    });
    return found == elements->end() ? 0ms : found->timeout;
  }

  test::Namespace space;
  std::optional<sys::RealNftables> nftables;
};

std::vector<Ban> many(unsigned count) {
  std::vector<Ban> bans;
  for (unsigned i = 0; i < count; ++i) {
    const auto high = i >> 8U;
    const auto low = i & 0xffU;
    bans.push_back(banned(i % 2 == 0 ? std::format("10.{}.{}.1", high, low)
                                     : std::format("2001:db8:{:x}:{:x}::/64", high, low)));
  }
  return bans;
}

}  // namespace

TEST_CASE("a ban lasts as long as the last call says, shorter or longer") {
  Node node;
  KernelSets sets(*node.nftables);
  REQUIRE(sets.fill({}, {}, {}, now()));
  for (const auto* name : {"192.0.2.1", "2001:db8::/64", "10.0.0.0/8"}) {
    const auto source = *parse_prefix(name);
    const auto set = find_ban_set(source, {}).name;
    INFO(set);
    for (const auto time : {1h, 5h, 2h}) {
      REQUIRE(sets.add(std::vector{banned(name, time)}, now()));
      CHECK(node.left(set, source) <= time);
      CHECK(node.left(set, source) > time - 1min);
    }
    REQUIRE(sets.remove(std::vector{source}, now()));
    CHECK(node.count(set) == 0);
  }
}

TEST_CASE("a ban that has just expired is removed and banned again like any other") {
  Node node;
  KernelSets sets(*node.nftables);
  REQUIRE(sets.fill({}, {}, {}, now()));
  const std::vector<std::string_view> names = {"192.0.2.1", "2001:db8::/64", "10.0.0.0/8",
                                               "2001:db8::/32"};
  for (int round = 0; round < 100; ++round) {
    std::vector<Ban> bans = {banned("192.0.2.200")};
    for (const auto name : names)
      bans.push_back(banned(name, std::chrono::milliseconds(1 + round % 3)));
    const auto done = sets.add(bans, now());
    INFO((done ? "" : done.error().message()));
    REQUIRE(done);
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(round % 5);
    while (std::chrono::steady_clock::now() < end) {
    }
    const auto gone = sets.remove(sources_of(bans), now());
    INFO((gone ? "" : gone.error().message()));
    REQUIRE(gone);
  }
  for (const auto* set : {"ban4", "ban6_64", "bannet4", "bannet6"}) CHECK(node.count(set) == 0);
}

TEST_CASE("bans end by themselves") {
  Node node;
  KernelSets sets(*node.nftables);
  REQUIRE(
      sets.fill({}, std::vector{banned("192.0.2.1", 50ms), banned("10.0.0.0/8", 50ms)}, {}, now()));
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (node.list("ban4").contains("192.0.2.1") || node.list("bannet4").contains("10.0.0.0/8"))
    REQUIRE(std::chrono::steady_clock::now() < deadline);
}

TEST_CASE("thousands of bans go in and out, and one of them is not missed") {
  Node node;
  KernelSets sets(*node.nftables);
  const auto bans = many(20'000);
  REQUIRE(sets.fill({}, bans, {}, now()));
  CHECK(node.count("ban4") == 10'000);
  CHECK(node.count("ban6_64") == 10'000);
  REQUIRE(sets.add(bans, now()));
  CHECK(node.count("ban4") == 10'000);
  REQUIRE(sets.remove(std::vector{*parse_prefix("10.5.6.1")}, now()));
  CHECK(node.count("ban4") == 9'999);
  REQUIRE(sets.remove(sources_of(bans), now()));
  CHECK(node.count("ban4") + node.count("ban6_64") == 0);
}

TEST_CASE("bans of our own, however many, are no news to the watch, one of somebody else is") {
  Node node(sys::Ownership::never);
  const auto inside = node.space.enter();
  auto watch = sys::NftablesWatch::open("kgnode", node.nftables->port());
  REQUIRE(watch);
  KernelSets sets(*node.nftables);
  const auto bans = many(60'000);
  REQUIRE(sets.fill({}, bans, {}, now()));
  REQUIRE(sets.add(bans, now()));
  CHECK(*watch->drain() == false);
  run({"nft", "add", "element", "inet", "kgnode", "ban4", "{ 192.0.2.1 }"});
  CHECK(*watch->drain() == true);
}

TEST_CASE("a store holds all that was committed when its writer is killed in the middle") {
  const test::TempDir folder;
  const auto path = folder / "bans.db";
  std::size_t told = 0;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd in(ends[0]);
    UniqueFd out(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
      Store store(path);
      for (unsigned i = 0;; ++i) {
        const auto name = std::format("10.{}.{}.{}", round, i >> 8U & 0xffU, i & 0xffU);
        if (!store.commit(stored(std::vector{banned(name)}), now())) ::_exit(1);
        if (::write(out.get(), "x", 1) != 1) ::_exit(1);
      }
    }
    out.reset();
    char byte = 0;
    for (int i = 0; i < 150 + round * 40; ++i) told += ::read(in.get(), &byte, 1) == 1 ? 1U : 0U;
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    while (::read(in.get(), &byte, 1) == 1) ++told;
    Store store(path);
    const auto bans = store.load(now());
    REQUIRE(bans);
    CHECK(bans->size() >= told);
    CHECK(bans->size() <= told + static_cast<std::size_t>(round) + 1);
    CHECK(store.take_notes().empty());
  }
}

TEST_CASE("networks that overlap in any way are taken, changed and given back") {
  Node node;
  KernelSets sets(*node.nftables);
  const std::vector listed = {*parse_prefix("10.0.0.0/9"), *parse_prefix("10.128.0.0/9"),
                              *parse_prefix("192.168.0.0/16"), *parse_prefix("255.0.0.0/8")};
  REQUIRE(sets.fill({}, {}, listed, now()));
  const std::vector bans = {banned("10.1.0.0/16"), banned("0.0.0.0/1"), banned("192.168.5.0/24"),
                            banned("128.0.0.0/1", 2h)};
  for (const auto& ban : bans) {
    const auto done = sets.add(std::span(&ban, 1), now());
    INFO(to_string(ban.source) << (done ? "" : done.error().message()));
    REQUIRE(done);
  }
  for (const auto& ban : bans) REQUIRE(sets.remove(std::vector{ban.source}, now()));
  const auto text = node.list("bannet4");
  INFO(text);
  CHECK(text.contains("10.0.0.0/8"));
  CHECK(text.contains("255.0.0.0"));
  CHECK_FALSE(text.contains("timeout 1h"));
  // Another process knows nothing of what is there.
  KernelSets next(*node.nftables);
  REQUIRE(next.fill({}, bans, std::vector{*parse_prefix("10.0.0.0/8")}, now()));
  REQUIRE(next.remove(sources_of(bans), now()));
  CHECK(node.count("bannet4") == 2);
}

TEST_CASE("bans stay when rules are replaced, and only where their sets still mean the same") {
  Node node;
  KernelSets sets(*node.nftables);
  const auto bans = many(200);
  REQUIRE(sets.fill({}, bans, std::vector{*parse_prefix("192.0.2.1")}, now()));
  const auto before = node.nftables->inspect("kgnode");
  REQUIRE(before);
  auto config = test::sample_config(config::Role::worker);
  const auto replaced = node.nftables->replace(compile(firewall::make_ruleset(config)));
  REQUIRE(replaced);
  CHECK(replaced->filled_sets == before->filled_sets);
  CHECK(node.count("ban4") == 100);
  CHECK(node.count("ban6_64") == 100);
  CHECK(node.count("block4") == 1);
  config.ban.ipv6_prefix = 56;
  const auto masked = node.nftables->replace(compile(firewall::make_ruleset(config)));
  REQUIRE(masked);
  CHECK(masked->filled_sets != before->filled_sets);
  CHECK(node.count("ban4") == 100);
  CHECK(node.count("ban6_56") == 0);
  CHECK_FALSE(node.nftables->list_elements("kgnode", "ban6_64"));
  // What was counted by other bits is banned as a network from now on.
  REQUIRE(sets.fill({32, 56}, bans, {}, now()));
  CHECK(node.list("bannet6").contains("2001:db8:0:1::/64"));
}

TEST_CASE("bans stay when the table has to be built anew, also beside one that has expired") {
  Node node(sys::Ownership::never);
  KernelSets sets(*node.nftables);
  auto bans = many(200);
  bans.push_back(banned("172.16.0.0/12"));
  bans.push_back(banned("172.32.0.0/12", 1ms));
  REQUIRE(sets.fill({}, bans, {}, now()));
  {
    const auto inside = node.space.enter();
    run({"nft", "add", "chain", "inet", "kgnode", "foreign",
         "{ type filter hook input priority 7; }"});
  }
  const auto rebuilt = node.nftables->replace(
      compile(firewall::make_ruleset(test::sample_config(config::Role::worker))));
  INFO((rebuilt ? "" : rebuilt.error().message()));
  REQUIRE(rebuilt);
  CHECK(node.count("ban4") == 100);
  CHECK(node.count("ban6_64") == 100);
  CHECK(node.list("bannet4").contains("172.16.0.0/12"));
}

TEST_CASE("sets that were emptied behind our back look like others, and can be filled again") {
  Node node(sys::Ownership::never);
  const auto before = node.nftables->inspect("kgnode");
  {
    const auto inside = node.space.enter();
    run({"nft", "flush", "ruleset"});
  }
  KernelSets sets(*node.nftables);
  CHECK_FALSE(sets.fill({}, many(10), {}, now()));
  REQUIRE(load_closed_firewall(*node.nftables));
  CHECK(node.nftables->inspect("kgnode")->filled_sets != before->filled_sets);
  REQUIRE(sets.fill({}, many(10), {}, now()));
  CHECK(node.count("ban4") == 5);
}

namespace {

int run_early_in(const Node& node) {
  const auto inside = node.space.enter();
  return test::run_status({"build/kgnode", "early"});
}

}  // namespace

TEST_CASE("kgnode early closes the node with the stored bans, whatever state the store is in") {
  // In the file system of this test alone.
  const std::filesystem::path path = Store::kPath;
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);
  Node node;
  node.nftables.reset();  // nobody's table now
  REQUIRE(run_early_in(node) == 0);
  CHECK(node.list("ban4").contains("size 1000000"));

  auto bans = many(1000);
  bans.push_back(banned("192.0.2.99", 1ms));
  bans.push_back(banned("172.16.0.0/12"));
  {
    Store store(path);
    REQUIRE(store.commit(stored(bans), now()));
  }
  REQUIRE(run_early_in(node) == 0);
  {
    // The agent takes over: nobody is let through meanwhile, and the bans are its own to edit.
    node.nftables = node.open();
    CHECK(node.count("ban4") == 500);
    REQUIRE(node.nftables->replace(
        compile(firewall::make_ruleset(test::sample_config(config::Role::worker)))));
    CHECK(node.count("ban4") == 500);
    CHECK(node.count("ban6_64") == 500);
    CHECK(node.list("bannet4").contains("172.16.0.0/12"));
    CHECK(node.left("ban4", *parse_prefix("10.0.0.1")) > 50min);
    KernelSets sets(*node.nftables);
    REQUIRE(sets.fill({}, {}, {}, now()));
    REQUIRE(sets.remove(std::vector{*parse_prefix("10.0.0.1")}, now()));
    CHECK(node.count("ban4") == 499);
    node.nftables.reset();
  }
  std::ofstream(path, std::ios::binary) << std::string(50'000, '#');
  REQUIRE(run_early_in(node) == 0);
  CHECK(std::filesystem::exists(path.string() + ".damaged"));
  std::filesystem::remove_all(path);
  std::filesystem::create_directory(path);
  REQUIRE(run_early_in(node) == 0);
  CHECK(node.list("ban4").contains("size 1000000"));
  std::filesystem::remove_all(path);
}

TEST_CASE(
    "on a full disk nothing is stored, bans reach the kernel, and later they are stored too") {
  const test::TempDir folder;
  REQUIRE(::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=768k") == 0);
  Node node;
  KernelSets sets(*node.nftables);
  REQUIRE(sets.fill({}, {}, {}, now()));
  {
    Store store(folder / "bans.db");
    REQUIRE(store.commit(stored(std::vector{banned("192.0.2.1")}), now()));
    std::ofstream(folder / "ballast") << std::string(2'000'000, 'x');
    const auto bans = many(2000);
    const auto full = store.commit(stored(bans), now());
    REQUIRE_FALSE(full);
    CHECK(full.error().message().contains("bans.db"));
    REQUIRE(sets.add(bans, now()));
    CHECK(node.count("ban4") == 1000);
    CHECK(store.load(now())->size() == 1);
    CHECK(store.take_notes().empty());
    std::filesystem::remove(folder / "ballast");
    REQUIRE(store.commit(stored(std::vector{banned("192.0.2.2")}), now()));
    CHECK(store.load(now())->size() == 2);
  }
  REQUIRE(::umount(folder.path().c_str()) == 0);
}
