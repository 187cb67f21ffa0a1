/// Rule sets replace each other under live traffic, beside the tables of others.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <format>
#include <thread>

#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/rules.hpp"
#include "tests/kernel/firewall_random.hpp"
#include "tests/kernel/firewall_world.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::hardening::firewall;
using test::Random;
using test::run;

namespace {

std::string foreign_tables(const test::World& world) {
  const auto inside = world.node.enter();
  std::string all;
  for (const auto* table : {"ip nat", "ip filter", "ip mangle", "inet other"}) {
    const std::string name(table);
    const auto blank = name.find(' ');
    all += run({"nft", "-a", "-s", "-n", "-T", "list", "table", name.substr(0, blank),
                name.substr(blank + 1)});
  }
  // The time an element has left is no part of what we compare.
  for (auto at = all.find(" expires "); at != std::string::npos; at = all.find(" expires "))
    all.erase(at, all.find_first_of("\n,}", at) - at);
  return all;
}

/// Numbered datagrams to and fro over one connection; one that does not come back is lost.
class LiveFlow {
 public:
  LiveFlow(const test::Namespace& from, const char* source, const test::Namespace& to,
           const char* destination)
      : client_(make(from, source, 0)), server_(make(to, destination, kPort)) {
    sockaddr_in at = address_of(destination, kPort);
    REQUIRE(::connect(client_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(round_trip());
  }
  LiveFlow(const LiveFlow&) = delete;
  LiveFlow& operator=(const LiveFlow&) = delete;
  ~LiveFlow() { stop(); }

  void start() {
    thread_ = std::thread([this] {
      while (!stop_) {
        if (!round_trip()) ++lost;
        ++sent;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    });
  }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  static constexpr std::uint16_t kPort = 9100;
  std::atomic<int> sent = 0;
  std::atomic<int> lost = 0;

 private:
  static sockaddr_in address_of(const char* text, std::uint16_t port) {
    sockaddr_in at{.sin_family = AF_INET, .sin_port = htons(port)};
    REQUIRE(::inet_pton(AF_INET, text, &at.sin_addr) == 1);
    return at;
  }
  static UniqueFd make(const test::Namespace& space, const char* text, std::uint16_t port) {
    const auto inside = space.enter();
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    (void)::setsockopt(fd.get(), SOL_IP, IP_FREEBIND, &on, sizeof on);
    auto at = address_of(text, port);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    return fd;
  }
  static bool arrives(int fd) {
    pollfd item{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&item, 1, 3000) == 1;
  }
  bool round_trip() {
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    char byte = 0;
    if (::send(client_.get(), &byte, 1, 0) != 1 || !arrives(server_.get())) return false;
    (void)::recvfrom(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&peer), &length);
    (void)::sendto(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&peer), length);
    return arrives(client_.get()) && ::recv(client_.get(), &byte, 1, 0) == 1;
  }

  UniqueFd client_;
  UniqueFd server_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE(
    "many configurations in a row touch no table of others and lose no packet of a live flow") {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here writes the environment
  const int rounds = std::getenv("KGNODE_LONG") != nullptr ? 10'000 : 1000;
  test::World world;
  auto config = test::sample_config(config::Role::worker);
  config.firewall.allow = {{.ports = *parse_port_range("9100/udp")}};
  world.follow(config);
  {
    const auto inside = world.node.enter();
    run({"nft", "-f", TEST_DATA "/firewall/foreign.nft"});
  }
  const auto foreign = foreign_tables(world);
  auto nftables = test::open_nftables(world);
  REQUIRE(nftables.replace(compile(make_ruleset(config))));
  LiveFlow to_host(world.outside, "203.0.113.7", world.node, "198.51.100.2");
  LiveFlow from_pod(world.pods, "10.42.0.5", world.outside, "198.51.100.1");
  to_host.start();
  from_pod.start();
  int failed = 0;
  for (int round = 0; round < rounds; ++round) {
    Random random(static_cast<std::uint64_t>(round));
    const auto rules = random.chance(10) ? make_closed_ruleset()
                                         : make_ruleset(test::random_firewall_config(random));
    const auto state = nftables.replace(compile(rules));
    failed += state ? 0 : 1;
  }
  to_host.stop();
  from_pod.stop();
  CHECK(failed == 0);
  CHECK(to_host.lost == 0);
  CHECK(from_pod.lost == 0);
  CHECK(to_host.sent > 100);
  CHECK(from_pod.sent > 100);
  CHECK(foreign_tables(world) == foreign);
}
