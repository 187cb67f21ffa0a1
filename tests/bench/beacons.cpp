/// What 5 000 nodes cost a server that hears them all: real datagrams over the loopback of a
/// network namespace of its own, each node with its own table, session and address.
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <format>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "agent/base/unique_fd.hpp"
#include "agent/peers/table.hpp"
#include "agent/sys/datagram.hpp"
#include "agent/sys/socket_address.hpp"
#include "tests/bench/figure.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kNodes = 5000;
constexpr auto kWarmUp = 20s;
constexpr auto kMeasured = 30s;
constexpr double kBudgetPercent = 5;
constexpr std::size_t kFull = 1472;

const Address kServer = *parse_address("127.0.0.1");

Address address_of(unsigned node) {
  return *parse_address(std::format("127.1.{}.{}", node / 250, node % 250 + 1));
}

peers::Keys make_keys() {
  peers::Keys keys;
  keys.push_back(*peers::beacon_key("0123456789abcdef0123456789abcdef"));
  return keys;
}

peers::Report make_report(unsigned node) {
  return {
      .name = std::format("worker-{}", node),
      .role = "worker",
      .version = "0.1.0",
      .phase = "ready",
      .reason = {},
      .troubles = {{"storage.smart.sdb", false, "sdb does not tell how it is: it has no SMART"}}};
}

peers::Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

bool raise_loopback() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

UniqueFd make_socket(const Address& address, int buffer) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (buffer != 0)
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  const auto name = sys::to_socket_address(address, peers::kBeaconPort);
  if (::bind(socket.get(), name.get(), name.size) < 0) return {};
  return socket;
}

/// One end of the wire: a socket and the tables behind it.
struct End {
  UniqueFd socket;
  peers::Keys keys = make_keys();
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> taken = 0;

  void send(const Address& from, peers::Outgoing what, const peers::Report& report) {
    what.beacon.report = report;
    what.beacon.wall = std::chrono::system_clock::now();
    const auto bytes = peers::seal_beacon(keys, what.beacon, what.size);
    if (sys::send_datagram(socket.get(), from, what.to, peers::kBeaconPort, bytes)) ++sent;
  }
  void receive(peers::PeerTable& table, const Address& own, const sys::Datagram& datagram,
               const peers::Beacon& beacon, const peers::Report& report) {
    const auto when = now();
    ++taken;
    (void)table.take(beacon, datagram.from, datagram.bytes.size(), when);
    if (auto answer = table.answer(beacon, datagram.bytes.size(), when))
      send(own, *std::move(answer), report);
  }
};

/// The nodes: a slice of them has its turn every 10 ms.
void play_nodes(End& end, std::atomic<bool>& stop) {
  std::vector<std::unique_ptr<peers::PeerTable>> tables;
  for (unsigned i = 0; i < kNodes; ++i) {
    tables.push_back(std::make_unique<peers::PeerTable>(i + 1, std::format("secret {}", i)));
    tables.back()->set_own({.address = address_of(i), .servers = {kServer}, .largest = kFull});
  }
  constexpr unsigned kSlices = 100;
  for (unsigned turn = 0; !stop; turn = (turn + 1) % kSlices) {
    const auto next = std::chrono::steady_clock::now() + 10ms;
    for (unsigned i = turn; i < kNodes; i += kSlices) {
      for (auto& what : tables[i]->due(now(), false))
        end.send(address_of(i), std::move(what), make_report(i));
    }
    for (auto batch = sys::read_datagrams(end.socket.get()); !batch.empty();
         batch = sys::read_datagrams(end.socket.get())) {
      for (const auto& datagram : batch) {
        auto opened = peers::open_beacon(end.keys, datagram.bytes);
        auto* beacon = std::get_if<peers::Beacon>(&opened);
        if (beacon == nullptr) continue;
        beacon->others.clear();  // what they tell each other is not what is measured
        const auto node = beacon->to.bytes[2] * 250U + beacon->to.bytes[3] - 1U;
        end.receive(*tables[node], beacon->to, datagram, *beacon, make_report(node));
      }
    }
    std::this_thread::sleep_until(next);
  }
}

double thread_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void serve(End& end, peers::PeerTable& table, std::chrono::seconds time) {
  const auto report = make_report(0);
  const auto until = std::chrono::steady_clock::now() + time;
  auto tick = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < until) {
    pollfd waiting{end.socket.get(), POLLIN, 0};
    (void)::poll(&waiting, 1, 100);
    for (const auto& datagram : sys::read_datagrams(end.socket.get())) {
      const auto opened = peers::open_beacon(end.keys, datagram.bytes);
      if (const auto* beacon = std::get_if<peers::Beacon>(&opened))
        end.receive(table, kServer, datagram, *beacon, report);
    }
    if (std::chrono::steady_clock::now() < tick) continue;
    tick += 1s;
    for (auto& what : table.due(now(), false)) end.send(kServer, std::move(what), report);
  }
}

}  // namespace

int main() {
  if (::unshare(CLONE_NEWNET) != 0 || !raise_loopback()) {
    std::perror("a network namespace of its own");
    return 1;
  }
  End server{.socket = make_socket(kServer, 0)};
  End nodes{.socket = make_socket(*parse_address("0.0.0.0"), 64 << 20)};
  if (!server.socket || !nodes.socket) {
    std::perror("sockets");
    return 1;
  }
  std::atomic<bool> stop = false;
  peers::PeerTable table(1, "the server's secret");
  table.set_own({.address = kServer, .servers = {kServer}, .is_server = true, .largest = kFull});
  std::thread others([&nodes, &stop] { play_nodes(nodes, stop); });
  serve(server, table, kWarmUp);
  const auto cpu = thread_cpu();
  const std::uint64_t sent = nodes.sent;
  const std::uint64_t taken = server.taken;
  serve(server, table, kMeasured);
  const auto used = (thread_cpu() - cpu) / std::chrono::duration<double>(kMeasured).count() * 100;
  const auto offered = static_cast<double>(nodes.sent - sent);
  const auto got = static_cast<double>(server.taken - taken);
  stop = true;
  others.join();
  std::size_t alive = 0;
  for (const auto& peer : table.peers(std::chrono::steady_clock::now()))
    alive += peer.state == peers::State::alive ? 1U : 0U;
  const auto before = ::mallinfo2().uordblks;
  const auto copy = std::make_unique<peers::PeerTable>(table);
  const auto memory = static_cast<double>(::mallinfo2().uordblks - before);

  bool kept = bench::report("beacons.cpu", used, "%", kBudgetPercent);
  bench::report("beacons.datagrams", got / std::chrono::duration<double>(kMeasured).count(), "/s");
  bench::report("beacons.lost", 100 * (1 - got / offered), "%");
  bench::report("beacons.memory", memory / (1 << 20), "MiB");
  bench::report("beacons.alive", static_cast<double>(alive), "nodes");
  kept = alive == kNodes && kept;
  return kept ? 0 : 1;
}
