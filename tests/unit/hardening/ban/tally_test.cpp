/// Sliding windows, and what a flood of sources may and may not push out.
#include "hardening/ban/tally.hpp"

#include <map>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace kgnode;
using hardening::ban::Tally, hardening::ban::Time;

namespace {

const Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

Prefix source(std::uint32_t number) {
  Address address;
  for (unsigned i = 0; i < 4; ++i)
    address.bytes.at(i) = static_cast<std::uint8_t>(number >> (24U - 8 * i));
  return make_host_prefix(address);
}

/// A fixed sequence, the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  unsigned below(unsigned end) { return static_cast<unsigned>(random_()) % end; }

 private:
  std::mt19937 random_;
};

Tally make(std::size_t limit, std::vector<std::chrono::seconds> windows = {600s}) {
  Tally tally(limit, 42);
  tally.set_windows(std::move(windows));
  return tally;
}

}  // namespace

TEST_CASE("ban tally: weights add up within the window, and leave it") {
  auto tally = make(64);
  CHECK(tally.add(0, source(1), 1, kStart) == 1);
  CHECK(tally.add(0, source(1), 5, kStart + 300s) == 6);
  CHECK(tally.add(0, source(2), 1, kStart + 300s) == 1);
  CHECK(tally.add(0, source(1), 1, kStart + 600s) == 6);
  CHECK(tally.add(0, source(1), 1, kStart + 3h) == 1);
}

TEST_CASE("ban tally: a sum lies between that of nine tenths of the window and that of all of it") {
  Dice dice(7);
  auto tally = make(64, {100s});
  std::vector<std::pair<Time, unsigned>> hits;
  Time at = kStart;
  for (int i = 0; i < 3000; ++i) {
    at += std::chrono::seconds(dice.below(15));
    const unsigned weight = 1 + dice.below(3);
    hits.emplace_back(at, weight);
    const auto sum = tally.add(0, source(1), weight, at);
    const auto within = [&hits, at](std::chrono::seconds span) {
      unsigned total = 0;
      for (const auto& [time, value] : hits) total += at - time < span ? value : 0;
      return total;
    };
    REQUIRE(sum >= within(90s));
    REQUIRE(sum <= within(100s));
  }
}

TEST_CASE("ban tally: lines that come late count where they belong, or not at all") {
  auto tally = make(64, {100s});
  CHECK(tally.add(0, source(1), 1, kStart + 200s) == 1);
  CHECK(tally.add(0, source(1), 1, kStart + 150s) == 2);
  CHECK(tally.add(0, source(1), 1, kStart) == 2);
  CHECK(tally.add(0, source(1), 1, kStart + 255s) == 2);
}

TEST_CASE("ban tally: jails and families are counted apart") {
  auto tally = make(64, {600s, 60s});
  CHECK(tally.add(0, source(1), 1, kStart) == 1);
  CHECK(tally.add(1, source(1), 1, kStart) == 1);
  CHECK(tally.add(0, *parse_prefix("2001:db8::/64"), 1, kStart) == 1);
  CHECK(tally.add(0, *parse_prefix("2001:db8::/56"), 1, kStart) == 1);
  CHECK(tally.size() == 4);
  tally.set_windows({600s});
  CHECK(tally.size() == 0);
}

TEST_CASE("ban tally: a flood of sources stays within the limit and forgets no worse one") {
  constexpr std::size_t kLimit = 4096;
  auto tally = make(kLimit);
  const auto most = kLimit * 64;  // bytes
  for (std::uint32_t i = 0; i < 50; ++i) tally.add(0, source(i), 3, kStart);
  for (std::uint32_t i = 0; i < 400'000; ++i) {
    tally.add(0, source(1000 + i), 1, kStart + std::chrono::milliseconds(i / 20));
    // The offenders go on, each now and then.
    if (i % 4'000 == 0) tally.add(0, source(i / 4'000 % 50), 1, kStart + 20s);
  }
  CHECK(tally.size() <= kLimit);
  CHECK(tally.memory() <= most);
  for (std::uint32_t i = 0; i < 50; ++i) CHECK(tally.add(0, source(i), 1, kStart + 21s) == 6);
}

TEST_CASE("ban tally: what left its window gives its place and its memory back") {
  auto tally = make(1U << 16U);
  const auto empty = tally.memory();
  for (std::uint32_t i = 0; i < 60'000; ++i) tally.add(0, source(i), 1, kStart);
  CHECK(tally.size() > 40'000);
  tally.add(0, source(1), 1, kStart + 700s);
  tally.prune(kStart + 700s);
  CHECK(tally.size() == 1);
  CHECK(tally.memory() == empty);
  CHECK(tally.add(0, source(1), 1, kStart + 701s) == 2);
}

TEST_CASE("ban tally: entries that are put into another tally count on") {
  auto tally = make(1024, {600s, 60s});
  Dice dice(3);
  for (int i = 0; i < 500; ++i) {
    tally.add(static_cast<std::uint8_t>(dice.below(2)), source(dice.below(100)), 1 + dice.below(9),
              kStart + std::chrono::seconds(dice.below(60)));
  }
  Tally copy(1024, 99);
  copy.set_windows({600s, 60s});
  tally.for_each([&copy](const Tally::Entry& entry) { copy.put(entry); });
  CHECK(copy.size() == tally.size());
  for (std::uint32_t i = 0; i < 100; ++i) {
    for (std::uint8_t jail = 0; jail < 2; ++jail) {
      CHECK(copy.add(jail, source(i), 1, kStart + 61s) ==
            tally.add(jail, source(i), 1, kStart + 61s));
    }
  }
}

TEST_CASE("ban tally: a forgotten source starts anew") {
  auto tally = make(64);
  tally.add(0, source(1), 4, kStart);
  tally.forget(0, source(1));
  CHECK(tally.add(0, source(1), 1, kStart) == 1);
}
