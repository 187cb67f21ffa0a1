/// Networks become ranges that do not overlap, and the difference of two.
#include "hardening/ban/networks.hpp"

#include <algorithm>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using namespace kgnode::hardening::ban;
using test::address;
using test::prefix;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{std::chrono::hours(480'000)};
constexpr Time kNever = Time::max();

Network network(std::string_view text, Time until) { return {prefix(text), until}; }
Range range(std::string_view first, std::string_view end, Time until) {
  return {.first = address(first),
          .end = end.empty() ? std::nullopt : std::optional(address(end)),
          .until = until};
}

}  // namespace

TEST_CASE("ban networks: what overlaps is cut so that each address stays as long as it should") {
  struct Row {
    std::string_view what;
    std::vector<Network> networks;
    std::vector<Range> ranges;
  };
  const auto soon = kNow + 1h;
  const auto late = kNow + 2h;
  const std::vector<Row> rows = {
      {"none", {}, {}},
      {"one", {network("10.0.0.0/8", soon)}, {range("10.0.0.0", "11.0.0.0", soon)}},
      {"twice",
       {network("10.0.0.0/8", late), network("10.0.0.0/8", soon)},
       {range("10.0.0.0", "11.0.0.0", late)}},
      {"a shorter one inside",
       {network("10.1.0.0/16", soon), network("10.0.0.0/8", late)},
       {range("10.0.0.0", "11.0.0.0", late)}},
      {"a longer one inside",
       {network("10.1.0.0/16", late), network("10.0.0.0/8", soon)},
       {range("10.0.0.0", "10.1.0.0", soon), range("10.1.0.0", "10.2.0.0", late),
        range("10.2.0.0", "11.0.0.0", soon)}},
      {"at the beginning and at the end",
       {network("10.0.0.0/8", soon), network("10.0.0.0/9", late),
        network("10.255.255.0/24", kNever)},
       {range("10.0.0.0", "10.128.0.0", late), range("10.128.0.0", "10.255.255.0", soon),
        range("10.255.255.0", "11.0.0.0", kNever)}},
      {"neighbours",
       {network("10.0.0.0/9", soon), network("10.128.0.0/9", soon)},
       {range("10.0.0.0", "11.0.0.0", soon)}},
      {"neighbours that end apart",
       {network("10.0.0.0/9", soon), network("10.128.0.0/9", late)},
       {range("10.0.0.0", "10.128.0.0", soon), range("10.128.0.0", "11.0.0.0", late)}},
      {"three deep",
       {network("10.0.0.0/8", soon), network("10.0.0.0/16", late), network("10.0.5.0/24", kNever)},
       {range("10.0.0.0", "10.0.5.0", late), range("10.0.5.0", "10.0.6.0", kNever),
        range("10.0.6.0", "10.1.0.0", late), range("10.1.0.0", "11.0.0.0", soon)}},
      {"the end of all addresses",
       {network("255.0.0.0/8", soon), network("255.255.0.0/16", late)},
       {range("255.0.0.0", "255.255.0.0", soon), range("255.255.0.0", "", late)}},
      {"IPv6", {network("2001:db8::/32", soon)}, {range("2001:db8::", "2001:db9::", soon)}}};
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(to_ranges(row.networks) == row.ranges);
  }
}

namespace {

/// What any set of networks says of one address.
Time end_of(const std::vector<Network>& networks, const Address& of) {
  Time end = Time::min();
  for (const auto& [net, until] : networks) {
    if (net.contains(of)) end = std::max(end, until);
  }
  return end;
}

Time end_of(const std::vector<Range>& ranges, const Address& of) {
  for (const auto& one : ranges) {
    if (one.first <= of && (!one.end || of < *one.end)) return one.until;
  }
  return Time::min();
}

}  // namespace

TEST_CASE("ban networks: at random, ranges are sorted, apart, and say the same as the networks") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<Network> networks;
    for (auto i = random() % 12; i > 0; --i) {
      Address at{.bytes = {static_cast<std::uint8_t>(252 + random() % 4),
                           static_cast<std::uint8_t>(random() % 4 * 85)}};
      const auto length = static_cast<std::uint8_t>(6 + random() % 12);
      networks.push_back({make_prefix(at, length), kNow + std::chrono::hours(random() % 4)});
    }
    const auto ranges = to_ranges(networks);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      REQUIRE(ranges[i - 1].end);
      CHECK(*ranges[i - 1].end <= ranges[i].first);
    }
    for (unsigned a = 250; a < 256; ++a) {
      for (unsigned b = 0; b < 256; b += 5) {
        const Address of{
            .bytes = {static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b), 1, 1}};
        CHECK(end_of(ranges, of) == end_of(networks, of));
      }
    }
  }
}

TEST_CASE("ban networks: the kernel's elements are read back") {
  const auto key = [](std::string_view text) { return to_key(address(text)); };
  const std::vector<sys::nft::Element> elements = {{.key = key("10.1.0.0"), .timeout = 1h},
                                                   {.key = key("10.2.0.0"), .interval_end = true},
                                                   {.key = key("10.2.0.0")},
                                                   {.key = key("10.3.0.0"), .interval_end = true},
                                                   {.key = key("255.0.0.0")}};
  CHECK(parse_ranges(elements, Family::ipv4, kNow) ==
        std::vector{range("10.1.0.0", "10.2.0.0", kNow + 1h), range("10.2.0.0", "10.3.0.0", kNever),
                    range("255.0.0.0", "", kNever)});
}

TEST_CASE("ban networks: only ranges that differ are changed, old ones before new ones") {
  const std::vector have = {range("10.0.0.0", "10.1.0.0", kNever),
                            range("10.2.0.0", "10.3.0.0", kNow + 1h),
                            range("10.4.0.0", "10.5.0.0", kNow + 1h)};
  const std::vector want = {
      range("10.0.0.0", "10.1.0.0", kNever), range("10.2.0.0", "10.2.128.0", kNow + 1h),
      range("10.4.0.0", "10.5.0.0", kNow + 1h + 1s), range("10.6.0.0", "", kNow + 1h)};
  const auto edits = plan_ranges("set", want, have, kNow);
  const auto key = [](std::string_view text) { return to_key(address(text)); };
  CHECK(edits == std::vector<sys::ElementEdit>{
                     {.set = "set",
                      .change = sys::Change::remove,
                      .elements = {{.key = key("10.2.0.0"), .timeout = 1h},
                                   {.key = key("10.3.0.0"), .interval_end = true}}},
                     {.set = "set",
                      .elements = {{.key = key("10.2.0.0"), .timeout = 1h},
                                   {.key = key("10.2.128.0"), .interval_end = true},
                                   {.key = key("10.6.0.0"), .timeout = 1h}}}});
  CHECK(plan_ranges("set", want, want, kNow).empty());
  CHECK(plan_ranges("set", {}, {}, kNow).empty());
}
