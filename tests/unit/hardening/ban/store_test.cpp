/// What is remembered of bans, and what happens to it when the file or the disk is bad.
#include "hardening/ban/store.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using namespace kgnode::hardening::ban;
using namespace std::chrono_literals;
using test::address;
using test::prefix;

namespace {

constexpr Time kNow{std::chrono::hours(480'000)};

Ban ban(std::string_view source, Time since, std::chrono::seconds time, unsigned strikes = 1) {
  return {.source = prefix(source),
          .jail = "sshd",
          .since = since,
          .until = since + time,
          .strikes = strikes};
}

NewBan new_ban(std::string_view source, Time since = kNow, std::chrono::seconds time = 1h) {
  return {.ban = ban(source, since, time), .lines = {std::format("line about {}", source)}};
}

/// 10.0.0.0 and up, with one long line each.
std::vector<NewBan> new_bans(int count) {
  std::vector<NewBan> bans;
  for (int i = 0; i < count; ++i) {
    const auto source = std::format("10.0.{}.{}", i / 256, i % 256);
    bans.push_back({ban(source, kNow, 1h), {std::string(400, 'x')}});
  }
  return bans;
}

std::vector<std::string> sources(Store& store, Time now) {
  std::vector<std::string> names;
  auto bans = store.load(now);
  INFO((bans ? "" : bans.error().message()));
  REQUIRE(bans);
  for (const auto& one : *bans) names.push_back(to_string(one.source));
  std::ranges::sort(names);
  return names;
}

void commit(Store& store, std::vector<NewBan> bans, Time now = kNow) {
  const auto done = store.commit(bans, now);
  INFO((done ? "" : done.error().message()));
  REQUIRE(done);
}

}  // namespace

TEST_CASE("ban store: bans come back as they went in, in another process too, until they end") {
  const test::TempDir folder;
  const auto first = ban("203.0.113.7", kNow - 10min, 1h, 3);
  const auto second = ban("2001:db8:1:2::/64", kNow, 2h);
  {
    Store store(folder / "bans.db");
    commit(store, {{first, {}}, {second, {}}});
  }
  Store store(folder / "bans.db");
  auto bans = store.load(kNow);
  REQUIRE(bans);
  std::ranges::sort(*bans, {}, &Ban::source);
  CHECK(*bans == std::vector{first, second});
  CHECK(sources(store, kNow + 50min) == std::vector<std::string>{"2001:db8:1:2::/64"});
  CHECK(sources(store, kNow + 2h).empty());
  CHECK(*store.find(first.source, kNow) == first);
  CHECK_FALSE(*store.find(first.source, first.until));
  CHECK_FALSE(*store.find(first.source, first.since - 1ms));
  CHECK(store.take_notes().empty());
}

TEST_CASE("ban store: an address is found by the narrowest ban that covers it") {
  const test::TempDir folder;
  Store store(folder / "bans.db");
  commit(store, {new_ban("10.0.0.0/8"), new_ban("10.1.0.0/16"), new_ban("2001:db8::/64")});
  CHECK((*store.find_covering(address("10.1.2.3"), kNow))->source == prefix("10.1.0.0/16"));
  CHECK((*store.find_covering(address("10.2.2.3"), kNow))->source == prefix("10.0.0.0/8"));
  CHECK((*store.find_covering(address("2001:db8::9"), kNow))->source == prefix("2001:db8::/64"));
  CHECK_FALSE(*store.find_covering(address("192.0.2.1"), kNow));
}

TEST_CASE(
    "ban store: a replayed ban is no other strike, a later one takes the place of the first") {
  const test::TempDir folder;
  Store store(folder / "bans.db");
  commit(store, {new_ban("203.0.113.7")});
  commit(store, {new_ban("203.0.113.7")}, kNow + 1min);
  CHECK(*store.count_strikes(prefix("203.0.113.7"), kNow) == 1);
  CHECK(store.tell(prefix("203.0.113.7"))->value().lines.size() == 1);

  const auto longer = ban("203.0.113.7", kNow + 30min, 5h, 2);
  commit(store, {{longer, {}}});
  CHECK(*store.load(kNow + 31min) == std::vector{longer});
  // Decay: only what began since then counts.
  CHECK(*store.count_strikes(prefix("203.0.113.7"), kNow) == 2);
  CHECK(*store.count_strikes(prefix("203.0.113.7"), kNow + 1min) == 1);
  CHECK(*store.count_strikes(prefix("203.0.113.8"), kNow) == 0);
}

TEST_CASE("ban store: one that is lifted is over and counts for nothing, and cannot come again") {
  const test::TempDir folder;
  Store store(folder / "bans.db");
  commit(store, {new_ban("203.0.113.7"), new_ban("203.0.113.8")});
  CHECK(*store.remove(prefix("203.0.113.7"), kNow + 1min));
  CHECK_FALSE(*store.remove(prefix("203.0.113.7"), kNow + 1min));
  CHECK(sources(store, kNow + 1min) == std::vector<std::string>{"203.0.113.8"});
  CHECK(*store.count_strikes(prefix("203.0.113.7"), kNow) == 0);
  // Its lines are read again after a crash.
  CHECK(*store.find(prefix("203.0.113.7"), kNow));
  commit(store, {new_ban("203.0.113.7")}, kNow + 2min);
  CHECK(sources(store, kNow + 2min) == std::vector<std::string>{"203.0.113.8"});
}

TEST_CASE("ban store: the last five lines are kept, cut, and safe to print") {
  const test::TempDir folder;
  Store store(folder / "bans.db");
  std::vector<std::string> lines = {"1",
                                    "2",
                                    "3",
                                    "4\x1b[2J\n",
                                    std::string(600, 'x'),
                                    "\xe2\x80\xae!",
                                    std::string(511, 'y') + "\xc3\xa9"};
  commit(store, {{ban("203.0.113.7", kNow, 1h), lines}});
  const auto story = store.tell(prefix("203.0.113.7"));
  REQUIRE(story);
  REQUIRE(*story);
  CHECK((*story)->ban == ban("203.0.113.7", kNow, 1h));
  REQUIRE((*story)->lines.size() == Store::kLines);
  CHECK((*story)->lines[0] == "3");
  CHECK((*story)->lines[1].starts_with("4\\x1b[2J"));
  CHECK((*story)->lines[2] == std::string(512, 'x'));
  for (const auto& line : (*story)->lines) {
    CHECK(line.size() <= Store::kLineBytes);
    CHECK_FALSE(line.contains('\x1b'));
    CHECK_FALSE(line.contains('\n'));
    CHECK_FALSE(line.contains("\xe2\x80\xae"));
  }
  CHECK_FALSE(*store.tell(prefix("203.0.113.8")));
}

TEST_CASE("ban store: at the limit those that end first make room and are named") {
  const test::TempDir folder;
  Store store(folder / "bans.db", {.in_force = 100});
  auto bans = new_bans(100);
  for (std::size_t i = 0; i < 100; ++i)
    bans[i].ban.until = kNow + std::chrono::minutes(10 + static_cast<int>(i));
  commit(store, bans);
  const auto ended = store.commit(std::vector{new_ban("10.0.1.1", kNow, 1min)}, kNow);
  REQUIRE(ended);
  CHECK(*ended == std::vector{prefix("10.0.0.0"), prefix("10.0.0.1")});
  const auto left = sources(store, kNow);
  CHECK(left.size() == 99);
  CHECK(std::ranges::contains(left, "10.0.1.1"));
  CHECK_FALSE(std::ranges::contains(left, "10.0.0.1"));
  // Who makes room for himself is not named: he is banned.
  const std::vector again = {new_ban("10.0.0.2", kNow + 1s), new_ban("10.0.1.2", kNow + 1s)};
  CHECK(*store.commit(again, kNow + 1s) == std::vector{prefix("10.0.1.1")});
  CHECK(std::ranges::contains(sources(store, kNow + 2s), "10.0.0.2"));
  // What is over takes no room.
  CHECK(store.commit(bans, kNow + 3h)->empty());
}

TEST_CASE("ban store: bans and lines of the past are bounded by number and forgotten by age") {
  const test::TempDir folder;
  Store store(folder / "bans.db", {.bans = 1000, .lines = 50});
  auto bans = new_bans(3000);
  for (std::size_t i = 0; i < 3000; ++i) {
    bans[i].ban.since += std::chrono::seconds(static_cast<int>(i));
    bans[i].ban.until += std::chrono::seconds(static_cast<int>(i));
  }
  for (auto rest = std::span(bans); !rest.empty(); rest = rest.subspan(100))
    REQUIRE(store.commit(rest.first(100), rest.front().ban.since));
  const auto known = [&store](int j) {
    return store.tell(prefix(std::format("10.0.{}.{}", j / 256, j % 256)))->has_value();
  };
  CHECK_FALSE(known(0));
  CHECK_FALSE(known(1900));
  CHECK(known(2100));
  CHECK(known(2999));
  CHECK(store.tell(prefix("10.0.11.183"))->value().lines.size() == 1);
  CHECK(store.tell(prefix("10.0.10.0"))->value().lines.empty());

  REQUIRE_FALSE(*store.prune(kNow + 1h + 2500s));
  CHECK_FALSE(known(2499));
  CHECK(known(2500));
  CHECK(sources(store, kNow + 1h + 2990s).size() == 9);
}

TEST_CASE("ban store: what is forgotten gives its space back") {
  const test::TempDir folder;
  const auto path = folder / "bans.db";
  std::uintmax_t full = 0;
  {
    Store store(path);
    commit(store, new_bans(4000));
  }
  full = std::filesystem::file_size(path);
  {
    Store store(path);
    while (*store.prune(kNow + 2h)) {
    }
  }
  CHECK(std::filesystem::file_size(path) * 4 < full);
}

TEST_CASE("ban store: a full disk is told, nothing is half written, and the next call may work") {
  const test::TempDir folder;
  Store store(folder / "bans.db", {.bytes = 128 << 10});
  commit(store, {new_ban("203.0.113.7")});
  const auto full = store.commit(new_bans(1000), kNow);
  REQUIRE_FALSE(full);
  CHECK(full.error().message().contains("bans.db"));
  CHECK(full.error().code() == std::errc::no_space_on_device);
  CHECK(sources(store, kNow) == std::vector<std::string>{"203.0.113.7"});
  CHECK(store.take_notes().empty());
  commit(store, {new_ban("203.0.113.8")});
  CHECK(sources(store, kNow).size() == 2);
}

namespace {

void fill(const std::string& path) {
  Store store(path);
  commit(store, new_bans(2000));
}

void overwrite(const std::string& path, std::streamoff at, std::size_t size) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(at);
  file << std::string(size, '\x5a');
}

}  // namespace

TEST_CASE("ban store: a damaged file is moved aside with a note, and a new one begun") {
  struct Row {
    std::string_view what;
    void (*damage)(const std::string&);
  };
  for (const auto& [what, damage] :
       {Row{"the header", [](const std::string& path) { overwrite(path, 0, 100); }},
        Row{"all pages but the first",
            [](const std::string& path) {
              overwrite(path, 4096, std::filesystem::file_size(path) - 4096);
            }},
        Row{"cut", [](const std::string& path) { std::filesystem::resize_file(path, 9000); }},
        Row{"another program's tables",
            [](const std::string& path) {
              std::filesystem::remove(path);
              auto other = sys::Database::open(path, 1 << 20);
              REQUIRE(other->execute("create table ban(n integer); pragma user_version=1"));
            }},
        Row{"a newer version", [](const std::string& path) {
              auto newer = sys::Database::open(path, 1 << 24);
              REQUIRE(newer->set_version(99));
            }}}) {
    INFO(what);
    const test::TempDir folder;
    const auto path = folder / "bans.db";
    fill(path);
    damage(path);
    Store store(path);
    CHECK(sources(store, kNow).empty());
    const auto notes = store.take_notes();
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].contains("bans.db.damaged"));
    CHECK(std::filesystem::exists(path + ".damaged"));
    commit(store, {new_ban("203.0.113.7")});
    CHECK(sources(store, kNow) == std::vector<std::string>{"203.0.113.7"});
    CHECK(store.take_notes().empty());
  }
}

TEST_CASE("ban store: a row that names no source is passed over and told") {
  const test::TempDir folder;
  fill(folder / "bans.db");
  {
    auto file = sys::Database::open(folder / "bans.db", 1 << 24);
    REQUIRE(file->execute("update ban set source = 'nobody' where source = '10.0.0.9'"));
  }
  Store store(folder / "bans.db");
  CHECK(sources(store, kNow).size() == 1999);
  CHECK(store.take_notes().size() == 1);
}

TEST_CASE("ban store: how far the logs have been read is kept, byte for byte") {
  const test::TempDir folder;
  const std::string first("a\0\xff'", 4);
  const std::string second(3'000'000, '\0');
  {
    Store store(folder / "bans.db");
    CHECK(*store.load_progress() == std::nullopt);
    REQUIRE(store.save_progress(first));
    CHECK(*store.load_progress() == first);
    REQUIRE(store.save_progress(second));
  }
  CHECK(*Store(folder / "bans.db").load_progress() == second);
}

TEST_CASE("ban store: a folder that is not there is an error each time, not damage") {
  const test::TempDir folder;
  Store store(folder / "absent/bans.db");
  CHECK_FALSE(store.load(kNow));
  const auto done = store.commit(std::vector{new_ban("203.0.113.7")}, kNow);
  REQUIRE_FALSE(done);
  CHECK(done.error().message().contains("absent/bans.db"));
  CHECK(store.take_notes().empty());
  std::filesystem::create_directory(folder / "absent");
  commit(store, {new_ban("203.0.113.7")});
}
