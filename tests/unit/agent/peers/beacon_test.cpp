/// Beacons on the wire: what goes in comes out, and nothing else is taken.
#include "agent/peers/beacon.hpp"

#include <string>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/sys/secret_box.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using peers::Beacon, peers::Refused;

namespace {

peers::Keys keys(std::initializer_list<std::string_view> secrets) {
  peers::Keys all;
  for (const auto secret : secrets) all.push_back(*peers::beacon_key(secret));
  return all;
}

Beacon example() {
  return {.report = {.name = "worker-1",
                     .role = "worker",
                     .version = "0.1.0",
                     .phase = "degraded",
                     .reason = "k3s: \"10.0.0.11\" refuses the token",
                     .troubles = {{"storage.full", true, "/var has 1 % left"},
                                  {"health.clock", false, "not synchronised"}}},
          .from = *parse_address("10.0.0.21"),
          .to = *parse_address("10.0.0.11"),
          .session = 7,
          .number = 3,
          .cookie = 11,
          .cookie_back = 12,
          .asks = true,
          .sent = 1'000'000us,
          .echo = 2'000'000us,
          .held = 40us,
          .wall = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 7ms,
          .largest = 1472,
          .others = {*parse_address("10.0.0.22")},
          .bans = {{*parse_prefix("198.51.100.7"), 3600s}}};
}

Refused refusal(const std::variant<Beacon, Refused>& opened) {
  REQUIRE(std::holds_alternative<Refused>(opened));
  return std::get<Refused>(opened);
}

}  // namespace

TEST_CASE("beacon: what is sealed is opened with the same key", "[peers]") {
  const auto mine = keys({"one"});
  const auto beacon = example();
  const auto datagram = peers::seal_beacon(mine, beacon);
  CHECK(datagram.size() <= peers::kBeaconLimit);
  CHECK(peers::looks_like_beacon(datagram));
  const auto opened = peers::open_beacon(mine, datagram);
  REQUIRE(std::holds_alternative<Beacon>(opened));
  CHECK(std::get<Beacon>(opened) == beacon);
}

TEST_CASE("beacon: a change of the key leaves no gap", "[peers]") {
  const auto before = keys({"old"});
  const auto told = keys({"old", "new"});
  const auto changed = keys({"new", "old"});
  const auto after = keys({"new"});
  const auto reads = [](const peers::Keys& reader, const peers::Keys& writer) {
    return std::holds_alternative<Beacon>(
        peers::open_beacon(reader, peers::seal_beacon(writer, example())));
  };
  // Two states that follow each other are in the cluster at once.
  CHECK((reads(before, told) && reads(told, before)));
  CHECK((reads(told, changed) && reads(changed, told)));
  CHECK((reads(changed, after) && reads(after, changed)));
  CHECK_FALSE(reads(before, after));
}

TEST_CASE("beacon: what is foreign, changed or cut is refused", "[peers]") {
  const auto mine = keys({"one"});
  const auto datagram = peers::seal_beacon(mine, example());
  CHECK(refusal(peers::open_beacon(keys({"two"}), datagram)) == Refused::foreign);
  CHECK(refusal(peers::open_beacon(mine, "")) == Refused::foreign);
  CHECK(refusal(peers::open_beacon({}, datagram)) == Refused::foreign);
  for (std::size_t at = 0; at < datagram.size(); ++at) {
    auto changed = datagram;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    REQUIRE(refusal(peers::open_beacon(mine, changed)) == Refused::foreign);
    REQUIRE(refusal(peers::open_beacon(mine, datagram.substr(0, at))) == Refused::foreign);
  }
}

TEST_CASE("beacon: nonsense of one who has the key is told apart", "[peers]") {
  const auto mine = keys({"one"});
  for (const std::string_view text : {"", "{}", "[]", R"({"node": 1})"}) {
    const auto datagram = "KGB1" + sys::seal(mine.front(), text);
    CHECK(refusal(peers::open_beacon(mine, datagram)) == Refused::malformed);
  }
}

TEST_CASE("beacon: a long story is cut at the end and still fits", "[peers]") {
  const auto mine = keys({"one"});
  auto beacon = example();
  beacon.report.name = std::string(63, 'n');
  beacon.report.reason = "é";
  for (int i = 0; i < 9; ++i) beacon.report.reason += beacon.report.reason;
  for (int i = 0; i < 40; ++i) {
    beacon.report.troubles.push_back({"health.x", false, std::string(300, 't')});
    beacon.others.push_back(*parse_address("10.0.0.99"));
    beacon.bans.push_back({*parse_prefix("2001:db8::/64"), 60s});
  }
  const auto datagram = peers::seal_beacon(mine, beacon);
  CHECK(datagram.size() <= peers::kBeaconLimit);
  CHECK(datagram.size() > 1000);
  const auto opened = peers::open_beacon(mine, datagram);
  REQUIRE(std::holds_alternative<Beacon>(opened));
  const auto& read = std::get<Beacon>(opened);
  CHECK(read.report.reason.ends_with("é…"));
  CHECK(read.report.troubles.size() > 4);
  CHECK(read.report.troubles.front() == example().report.troubles.front());
}

TEST_CASE("beacon: what it cannot say in print is escaped", "[peers]") {
  const auto mine = keys({"one"});
  auto beacon = example();
  beacon.report.reason = "bad \x1b[31m\xff text";
  const auto opened = peers::open_beacon(mine, peers::seal_beacon(mine, beacon));
  REQUIRE(std::holds_alternative<Beacon>(opened));
  CHECK(std::get<Beacon>(opened).report.reason == printable(beacon.report.reason));
}

TEST_CASE("beacon: it is padded to the size of a probe, and no more than a frame holds",
          "[peers]") {
  const auto mine = keys({"one"});
  CHECK(peers::seal_beacon(mine, example(), 1472).size() == 1472);
  CHECK(peers::seal_beacon(mine, example(), 64000).size() == peers::kProbeLimit);
  CHECK(std::holds_alternative<Beacon>(
      peers::open_beacon(mine, peers::seal_beacon(mine, example(), 1472))));
}
