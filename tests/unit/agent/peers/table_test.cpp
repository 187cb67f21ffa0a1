/// Tables of peers in a small world of their own: nodes, wires, loss, and what an attacker keeps.
#include "agent/peers/table.hpp"

#include <deque>
#include <format>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using peers::Moment, peers::State, peers::Verdict;

namespace {

constexpr std::size_t kFull = 1472;

Address address(int last) { return *parse_address(std::format("10.0.0.{}", last)); }

struct Packet {
  Address from;
  peers::Outgoing what;
};

class World {
 public:
  explicit World(std::vector<int> servers) {
    for (const int server : servers) servers_.push_back(address(server));
  }

  void start(int last) {
    auto& table = tables_[address(last)];
    ++sessions_;
    table = std::make_unique<peers::PeerTable>(sessions_, std::format("secret {}", sessions_));
    table->set_own({.address = address(last),
                    .network = *parse_prefix("10.0.0.0/24"),
                    .servers = servers_,
                    .is_server = std::ranges::contains(servers_, address(last)),
                    .largest = kFull});
  }
  void stop(int last) { tables_.erase(address(last)); }

  void run(std::chrono::seconds time) {
    for (const auto end = now_.mono + time; now_.mono < end; pass(1s)) step(false);
  }
  /// A change that all are told at once.
  void step(bool changed) {
    for (const auto& [from, table] : tables_) {
      for (auto& what : table->due(now_, changed)) send({from, std::move(what)});
    }
    deliver();
  }
  void deliver(Packet packet) {
    send(std::move(packet));
    deliver();
  }

  peers::Peer seen(int by, int whom) {
    for (auto& peer : table(by).peers(now_.mono)) {
      if (peer.address == address(whom)) return peer;
    }
    FAIL("nothing is known of it");
    return {};
  }
  peers::PeerTable& table(int last) { return *tables_.at(address(last)); }

  std::function<bool(const Packet&)> is_lost = [](const Packet&) { return false; };
  std::function<void(const Packet&)> on_send = [](const Packet&) {};
  std::vector<Packet> heard;  // all that was delivered
  std::vector<Verdict> verdicts;
  std::map<Address, std::chrono::milliseconds> clock_ahead;
  std::map<Address, peers::Report> reports;
  std::size_t sent = 0;

 private:
  void pass(std::chrono::milliseconds time) {
    now_.mono += time;
    now_.wall += time;
  }
  void send(Packet packet) {
    ++sent;
    on_send(packet);
    packet.what.beacon.wall = now_.wall + clock_ahead[packet.from];
    packet.what.beacon.report = reports[packet.from];
    wire_.push_back(std::move(packet));
  }
  void deliver() {
    for (; !wire_.empty(); wire_.pop_front()) {
      const auto packet = wire_.front();
      const auto to = tables_.find(packet.what.to);
      if (to == tables_.end() || is_lost(packet)) continue;
      const auto size = std::max<std::size_t>(packet.what.size, 600);
      heard.push_back(packet);
      verdicts.push_back(to->second->take(packet.what.beacon, packet.from, size, now_));
      const auto verdict = verdicts.back();
      if (verdict != Verdict::taken && verdict != Verdict::unproven) continue;
      pass(1ms);
      if (auto answer = to->second->answer(packet.what.beacon, size, now_))
        send({packet.what.to, *std::move(answer)});
    }
  }

  std::vector<Address> servers_;
  std::map<Address, std::unique_ptr<peers::PeerTable>> tables_;
  std::deque<Packet> wire_;
  std::int64_t sessions_ = 0;
  Moment now_{peers::Mono(1000s), std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

World cluster() {
  World world({11, 12, 13});
  for (const int last : {11, 12, 13, 21, 22, 23}) world.start(last);
  return world;
}

constexpr std::array kAll = {11, 12, 13, 21, 22, 23};

bool all_alive(World& world) {
  for (const int by : kAll) {
    for (const int whom : kAll) {
      if (by != whom && world.seen(by, whom).state != State::alive) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("peers: nodes that know the servers alone find each other", "[peers]") {
  auto world = cluster();
  world.run(15s);
  CHECK(all_alive(world));
  CHECK(world.table(21).peers(peers::Mono(1000s)).size() == 5);
}

TEST_CASE("peers: a node that is cut off is suspect within 15 s, then gone, and back in 6",
          "[peers]") {
  auto world = cluster();
  world.run(30s);
  const auto cut = address(22);
  world.is_lost = [cut](const Packet& packet) {
    return packet.from == cut || packet.what.to == cut;
  };
  world.run(5s);
  CHECK(world.seen(11, 22).state == State::alive);
  world.run(7s);
  CHECK(world.seen(11, 22).state == State::suspect);
  CHECK(world.seen(21, 22).state == State::suspect);
  CHECK(world.seen(22, 11).state == State::suspect);
  world.run(20s);
  CHECK(world.seen(11, 22).state == State::gone);
  world.is_lost = [](const Packet&) { return false; };
  world.run(6s);
  CHECK(all_alive(world));
}

TEST_CASE("peers: an hour with 2 % loss changes no state", "[peers]") {
  auto world = cluster();
  world.run(30s);
  REQUIRE(all_alive(world));
  std::mt19937 random(20260301);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  world.is_lost = [&random](const Packet&) { return random() % 100 < 2; };
  for (int second = 0; second < 3600; ++second) {
    world.run(1s);
    REQUIRE(all_alive(world));
    for (const int by : kAll) REQUIRE_FALSE(world.seen(by, by == 11 ? 12 : 11).is_narrow);
  }
  CHECK(world.seen(11, 21).loss > 0.001);
  CHECK(world.seen(11, 21).loss < 0.15);
}

TEST_CASE("peers: a lost beacon alone is loss, and none is none", "[peers]") {
  auto world = cluster();
  world.run(60s);
  CHECK(world.seen(11, 21).loss == 0);
  world.is_lost = [](const Packet& packet) {
    return packet.from == address(21) && packet.what.size == 0 &&
           packet.what.beacon.number % 2 == 0;
  };
  world.run(600s);
  CHECK(world.seen(11, 21).loss > 0.3);
}

TEST_CASE("peers: a black hole for large packets shows as such within 15 s and goes in 6",
          "[peers]") {
  auto world = cluster();
  world.run(30s);
  CHECK(world.seen(11, 23).largest == kFull);
  world.is_lost = [](const Packet& packet) {
    return packet.from == address(23) && packet.what.size > 1400;
  };
  world.run(15s);
  CHECK(world.seen(23, 11).is_narrow);
  CHECK_FALSE(world.seen(11, 23).is_narrow);  // the other direction is sound
  CHECK(all_alive(world));
  world.is_lost = [](const Packet&) { return false; };
  world.run(9s);
  CHECK_FALSE(world.seen(23, 11).is_narrow);
}

TEST_CASE("peers: what a node says of itself, and its clock, are in its row", "[peers]") {
  auto world = cluster();
  world.run(10s);
  world.reports[address(21)] = {.name = "worker-1", .phase = "degraded", .reason = "disk"};
  world.clock_ahead[address(21)] = 90s;
  world.step(true);
  const auto row = world.seen(12, 21);
  CHECK(row.report == world.reports[address(21)]);
  REQUIRE(row.clock_ahead);
  CHECK(std::chrono::abs(*row.clock_ahead - 90s) < 50ms);
  REQUIRE(row.round_trip);
  CHECK(*row.round_trip < 100ms);
}

TEST_CASE("peers: what was sent before is taken no second time", "[peers]") {
  auto world = cluster();
  world.run(20s);
  const auto before = world.heard;
  world.verdicts.clear();
  for (const auto& packet : before) {
    if (packet.what.to != address(11) || packet.what.size > peers::kBeaconLimit) continue;
    const auto at = world.verdicts.size();
    world.deliver(packet);
    CHECK(
        (world.verdicts.at(at) == Verdict::replayed || world.verdicts.at(at) == Verdict::unproven));
  }
}

TEST_CASE("peers: the session before a restart stays over, whatever is sent again", "[peers]") {
  auto world = cluster();
  world.run(20s);
  const auto old = world.heard;
  world.stop(21);
  world.start(21);
  world.reports[address(21)].phase = "new";
  world.run(20s);
  REQUIRE(world.seen(11, 21).report.phase == "new");
  const auto replay = [&world, &old] {
    for (auto packet : old) {
      if (packet.from != address(21) || packet.what.to != address(11)) continue;
      packet.what.beacon.report.phase = "old";
      const auto at = world.verdicts.size();
      world.deliver(packet);
      REQUIRE(world.verdicts.at(at) != Verdict::taken);
    }
  };
  replay();
  CHECK(world.seen(11, 21).report.phase == "new");
  world.run(20s);
  CHECK(all_alive(world));
  // Nor does an old one count for a receiver that was started anew.
  world.stop(11);
  world.start(11);
  replay();
  world.run(20s);
  CHECK(all_alive(world));
}

TEST_CASE("peers: a beacon for another, or from elsewhere, is not taken", "[peers]") {
  auto world = cluster();
  world.run(20s);
  auto packet = world.heard.back();
  auto& table = world.table(11);
  const Moment now{peers::Mono(2000s), {}};
  packet.what.beacon.number += 1000;
  packet.what.beacon.to = address(12);
  CHECK(table.take(packet.what.beacon, packet.from, 600, now) == Verdict::misplaced);
  packet.what.beacon.to = address(11);
  CHECK(table.take(packet.what.beacon, address(99), 600, now) == Verdict::misplaced);
  packet.what.beacon.from = address(11);
  CHECK(table.take(packet.what.beacon, address(11), 600, now) == Verdict::misplaced);
}

TEST_CASE("peers: nobody makes a node write to somebody outside the vRack", "[peers]") {
  auto world = cluster();
  world.run(20s);
  auto packet = *std::ranges::find_if(world.heard, [](const Packet& one) {
    return one.from == address(11) && one.what.to == address(21);
  });
  packet.what.beacon.number += 1000;
  packet.what.beacon.others = {*parse_address("198.51.100.7")};
  world.heard.clear();
  world.deliver(packet);
  REQUIRE(world.verdicts.back() == Verdict::taken);
  std::size_t strange = 0;
  world.is_lost = [](const Packet&) { return false; };
  world.on_send = [&strange](const Packet& one) {
    strange += one.what.to == *parse_address("198.51.100.7") ? 1U : 0U;
  };
  world.run(20s);
  CHECK(strange == 0);
}

TEST_CASE("peers: the table has an end, and what is quiet for a day is forgotten", "[peers]") {
  peers::PeerTable table(1, "secret");
  const auto server = address(11);
  table.set_own({.address = server, .servers = {server}, .is_server = true, .largest = kFull});
  Moment now{peers::Mono(1000s), {}};
  std::size_t full = 0;
  for (std::size_t i = 0; i < peers::kMostPeers + 10; ++i) {
    auto from = *parse_address("10.1.0.0");
    from.bytes[2] = static_cast<std::uint8_t>(i >> 8U);
    from.bytes[3] = static_cast<std::uint8_t>(i);
    peers::Beacon beacon{.from = from, .to = server, .session = 1, .number = 1};
    full += table.take(beacon, from, 600, now) == Verdict::full ? 1U : 0U;
  }
  CHECK(full == 10);
  now.mono += 25h;
  (void)table.due(now, false);
  CHECK(table.peers(now.mono).empty());
}

TEST_CASE("peers: nodes that never understand each other do not flood the wire", "[peers]") {
  auto world = cluster();
  world.run(10s);
  world.sent = 0;
  // Each beacon loses its cookies: nobody can prove anything any more.
  world.stop(11);
  world.start(11);
  const auto before = world.sent;
  world.is_lost = [](const Packet& packet) {
    return packet.what.beacon.cookie_back != 0 &&
           (packet.from == address(11) || packet.what.to == address(11));
  };
  world.run(10s);
  CHECK(world.sent - before < std::size_t{10} * 6 * 5 * 6);
}

TEST_CASE("peers: two machines with one address are told of, a restart is none", "[peers]") {
  Moment now{peers::Mono(100s), {}};
  const auto make = [](int last, std::int64_t session) {
    auto table = std::make_unique<peers::PeerTable>(session, std::format("secret {}", session));
    table->set_own({.address = address(last),
                    .network = *parse_prefix("10.0.0.0/24"),
                    .servers = {address(1)},
                    .is_server = last == 1,
                    .largest = peers::kBeaconLimit});
    return table;
  };
  const auto receiver = make(1, 1);
  // Three rounds of beacons with their answers: the first one's cookie makes the next one count.
  const auto speak = [&](peers::PeerTable& machine, const std::string& name) {
    for (int round = 0; round < 3; ++round) {
      now.mono += 5s;
      for (auto& what : machine.due(now, true)) {
        what.beacon.report.name = name;
        (void)receiver->take(what.beacon, address(2), 600, now);
        if (const auto answer = receiver->answer(what.beacon, 600, now))
          (void)machine.take(answer->beacon, address(1), 600, now);
      }
    }
  };
  const auto seen = [&] { return *receiver->find(address(2), now.mono); };
  const auto first = make(2, 2);
  const auto other = make(2, 3);
  speak(*first, "worker-1");
  CHECK(seen().report.name == "worker-1");
  speak(*other, "worker-2");
  CHECK(seen().report.name == "worker-2");
  CHECK_FALSE(seen().twin);  // so far it may have been started anew
  speak(*first, "worker-1");
  CHECK(seen().twin == "worker-2");
  CHECK(why_of(seen()) == "two machines have the address 10.0.0.2: worker-1 and worker-2");
  speak(*other, "worker-1");
  CHECK(why_of(seen()) == "two machines are worker-1 at 10.0.0.2");
  now.mono += peers::kTwinHolds;
  speak(*other, "worker-1");
  CHECK_FALSE(seen().twin);
}
