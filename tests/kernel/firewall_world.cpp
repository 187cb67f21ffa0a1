/// Namespaces, links, addresses and probes.
#include "tests/kernel/firewall_world.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <format>
#include <optional>

#include "tests/support/catch.hpp"

namespace test {

using kgnode::Address;
using kgnode::Family;
using kgnode::UniqueFd;
using kgnode::hardening::firewall::Ingress;
using kgnode::hardening::firewall::Packet;
using kgnode::hardening::firewall::Transport;

Address address(std::string_view text) {
  const auto parsed = kgnode::parse_address(text);
  REQUIRE(parsed);
  return *parsed;
}

namespace {

struct Finished {
  int status = -1;
  std::string text;
};

/// Input and output are files, so that neither side can wait for the other.
Finished spawn_and_wait(const std::vector<std::string>& argv, std::string_view input) {
  const UniqueFd in(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  const UniqueFd out(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  REQUIRE(::pwrite(in.get(), input.data(), input.size(), 0) == static_cast<ssize_t>(input.size()));
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files{};
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.get(), 0);
  posix_spawn_file_actions_adddup2(&files, out.get(), 1);
  posix_spawn_file_actions_adddup2(&files, out.get(), 2);
  pid_t pid = 0;
  REQUIRE(::posix_spawnp(&pid, words[0], &files, nullptr, words.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&files);
  Finished done;
  REQUIRE(::waitpid(pid, &done.status, 0) == pid);
  done.text.resize(static_cast<std::size_t>(::lseek(out.get(), 0, SEEK_END)));
  REQUIRE(::pread(out.get(), done.text.data(), done.text.size(), 0) >= 0);
  return done;
}

}  // namespace

std::string run(const std::vector<std::string>& argv, std::string_view input) {
  auto done = spawn_and_wait(argv, input);
  INFO(argv[0] << " said: " << done.text);
  REQUIRE(done.status == 0);
  return std::move(done.text);
}

int run_status(const std::vector<std::string>& argv, std::string_view input) {
  return spawn_and_wait(argv, input).status;
}

Namespace::Namespace() {
  const UniqueFd back(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  REQUIRE(::unshare(CLONE_NEWNET) == 0);
  fd_ = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  run({"ip", "link", "set", "lo", "up"});
  REQUIRE(::setns(back.get(), CLONE_NEWNET) == 0);
}

std::string Namespace::path() const { return std::format("/proc/{}/fd/{}", ::getpid(), fd_.get()); }

Namespace::Guard::Guard(const Namespace& space)
    : back_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  REQUIRE(::setns(space.fd_.get(), CLONE_NEWNET) == 0);
}

Namespace::Guard::~Guard() { (void)::setns(back_.get(), CLONE_NEWNET); }

World::World() {
  {
    const auto inside = node.enter();
    std::string batch;
    batch += std::format("link add eth0 type veth peer name eth0 netns {}\n", outside.path());
    batch += std::format("link add eth1 type veth peer name eth0 netns {}\n", vrack.path());
    batch += std::format("link add cni0 type veth peer name eth0 netns {}\n", pods.path());
    for (const auto* link : {"eth0", "eth1", "cni0"})
      batch += std::format("link set {} up\n", link);
    batch += std::format("addr add {}/24 dev eth0\naddr add {}/64 dev eth0 nodad\n", kNodePublic4,
                         kNodePublic6);
    run({"ip", "-batch", "-"}, batch);
    run({"sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"});
  }
  for (const auto* neighbour : {&outside, &vrack, &pods}) {
    const auto inside = neighbour->enter();
    run({"ip", "link", "set", "eth0", "up"});
  }
  {
    const auto inside = outside.enter();
    // This side answers for every address that a test may use as a source. In the main table, so
    // that the link's own networks come first.
    run({"ip", "-batch", "-"}, std::format("addr add {}/24 dev eth0\n"
                                           "addr add 2001:db8:ff::1/64 dev eth0 nodad\n"
                                           "route add local 203.0.113.0/24 dev lo table main\n"
                                           "route add local 169.254.0.0/16 dev lo table main\n"
                                           "route add local 198.0.0.0/8 dev lo table main\n"
                                           "route add local 2001:db8::/32 dev lo table main\n",
                                           kOutside4));
  }
  const auto inside = node.enter();
  run({"ip", "-batch", "-"}, std::format("route add default via {} dev eth0\n", kOutside4));
  run({"ip", "-6", "route", "add", "default", "via", "2001:db8:ff::1", "dev", "eth0"});
}

void World::follow(const kgnode::config::Config& config) const {
  const auto node_address = to_string(config.network.address);
  const auto vrack_prefix = to_string(config.network.vrack);
  auto pod_network = config.k3s.cluster_cidr.network;
  pod_network.bytes[3] = 1;
  const auto gateway = to_string(pod_network);
  pod_network.bytes[3] = 5;
  const auto pod = to_string(pod_network);
  {
    const auto inside = node.enter();
    run({"ip", "-batch", "-"},
        std::format("addr flush dev eth1\naddr flush dev cni0\naddr add {}/{} dev eth1\n"
                    "addr add {}/16 dev cni0\n",
                    node_address, config.network.vrack.length, gateway));
  }
  {
    const auto inside = vrack.enter();
    run({"ip", "-batch", "-"},
        std::format("route flush table main\nroute add {} dev eth0\n"
                    "route add local {} dev lo table main\nroute add default via {} dev eth0\n",
                    node_address, vrack_prefix, node_address));
  }
  {
    const auto inside = pods.enter();
    run({"ip", "-batch", "-"},
        std::format("addr flush dev eth0\naddr add {}/16 dev eth0\nroute add default via {}\n", pod,
                    gateway));
  }
  const auto inside = outside.enter();
  run({"ip", "-batch", "-"},
      std::format(
          "route replace {0} via {3}\nroute replace {1} via {3}\nroute replace {2} via {3}\n",
          to_string(config.k3s.cluster_cidr), to_string(config.k3s.service_cidr), vrack_prefix,
          kNodePublic4));
}

std::vector<Address> World::own(const kgnode::config::Config& config) const {
  auto gateway = config.k3s.cluster_cidr.network;
  gateway.bytes[3] = 1;
  return {address(kNodePublic4), address(kNodePublic6), config.network.address, gateway};
}

const Namespace& World::from(const Packet& packet) const {
  if (packet.ingress == Ingress::pods) return pods;
  return packet.ingress == Ingress::vrack ? vrack : outside;
}

const Namespace& World::to(const Packet& packet) const {
  if (packet.local) return node;
  return packet.to_pods ? pods : outside;
}

namespace {

struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

Endpoint endpoint(const Address& where, std::uint16_t port) {
  Endpoint out;
  if (where.family == Family::ipv4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, where.bytes.data(), 4);
    out.length = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, where.bytes.data(), 16);
    out.length = sizeof *v6;
  }
  return out;
}

}  // namespace

UniqueFd bound_socket(const Namespace& space, const Address& where, int type, std::uint16_t port) {
  const auto inside = space.enter();
  const bool v4 = where.family == Family::ipv4;
  UniqueFd fd(::socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  REQUIRE(fd.get() >= 0);
  const int on = 1;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Any address, also for sending: some tests send what is not theirs.
  REQUIRE(::setsockopt(fd.get(), v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT,
                       &on, sizeof on) == 0);
  auto at = endpoint(where, port);
  REQUIRE(::bind(fd.get(), at.raw(), at.length) == 0);
  return fd;
}

bool is_ready(int fd, short events, bool expected) {
  pollfd item{.fd = fd, .events = events, .revents = 0};
  return ::poll(&item, 1, expected ? 3000 : 12) == 1;
}

bool connects(int fd, const Address& where, std::uint16_t port, bool expected) {
  auto to = endpoint(where, port);
  if (::connect(fd, to.raw(), to.length) == 0) return true;
  if (errno != EINPROGRESS || !is_ready(fd, POLLOUT, expected)) return false;
  int error = 0;
  socklen_t length = sizeof error;
  (void)::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error == 0;
}

namespace {

bool tcp_passes(const World& world, const Packet& packet, bool expected) {
  const auto listener =
      bound_socket(world.to(packet), packet.destination, SOCK_STREAM, packet.port);
  REQUIRE(::listen(listener.get(), 4) == 0);
  const auto client = bound_socket(world.from(packet), packet.source, SOCK_STREAM, 0);
  return connects(client.get(), packet.destination, packet.port, expected);
}

bool udp_passes(const World& world, const Packet& packet, const Address& at, std::uint16_t port,
                bool expected) {
  const auto receiver = bound_socket(world.to(packet), at, SOCK_DGRAM, port);
  const auto sender = bound_socket(world.from(packet), packet.source, SOCK_DGRAM, 0);
  auto to = endpoint(packet.destination, packet.port);
  // A datagram may be lost on the way to a neighbour that is still being looked for.
  for (int tried = 0; tried < (expected ? 3 : 1); ++tried) {
    REQUIRE(::sendto(sender.get(), "x", 1, 0, to.raw(), to.length) == 1);
    if (is_ready(receiver.get(), POLLIN, expected)) return true;
  }
  return false;
}

std::uint16_t checksum(const icmphdr& header) {
  std::array<std::uint16_t, sizeof header / 2> words{};
  std::memcpy(words.data(), &header, sizeof header);
  std::uint32_t sum = 0;
  for (const auto word : words) sum += word;
  sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

bool echo_passes(const World& world, const Packet& packet, bool expected) {
  const auto inside = world.from(packet).enter();
  const bool v4 = packet.source.family == Family::ipv4;
  const UniqueFd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                             v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
  const int on = 1;
  REQUIRE(::setsockopt(fd.get(), v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT,
                       &on, sizeof on) == 0);
  auto from = endpoint(packet.source, 0);
  auto to = endpoint(packet.destination, 0);
  REQUIRE(::bind(fd.get(), from.raw(), from.length) == 0);
  // The kernel fills in ICMPv6's checksum itself; both headers begin alike.
  icmphdr header{.type = v4 ? std::uint8_t{ICMP_ECHO} : std::uint8_t{ICMP6_ECHO_REQUEST}};
  static std::uint16_t sequence = 0;
  header.un.echo.id = ++sequence;  // a connection of its own each time
  if (v4) header.checksum = checksum(header);
  REQUIRE(::sendto(fd.get(), &header, sizeof header, 0, to.raw(), to.length) == sizeof header);
  const auto answer = v4 ? std::uint8_t{ICMP_ECHOREPLY} : std::uint8_t{ICMP6_ECHO_REPLY};
  while (is_ready(fd.get(), POLLIN, expected)) {
    std::array<std::uint8_t, 256> got{};
    const auto length = ::recv(fd.get(), got.data(), got.size(), 0);
    const std::size_t skip = v4 ? 20 : 0;
    if (length > static_cast<ssize_t>(skip) && got.at(skip) == answer) return true;
  }
  return false;
}

}  // namespace

bool World::passes(const Packet& packet, bool expected) const {
  switch (packet.transport) {
    case Transport::tcp:
      return tcp_passes(*this, packet, expected);
    case Transport::udp:
      return udp_passes(*this, packet, packet.destination, packet.port, expected);
    case Transport::icmp_echo:
      return echo_passes(*this, packet, expected);
  }
  return false;
}

bool World::passes_translated(const Packet& packet, const Address& receiver, std::uint16_t port,
                              bool expected) const {
  return udp_passes(*this, packet, receiver, port, expected);
}

kgnode::config::Config sample_config(kgnode::config::Role role) {
  kgnode::config::Config config;
  config.node = {.name = "n1", .role = role};
  config.network = {.vrack = kgnode::parse_prefix("10.0.0.0/24").value(),
                    .address = address("10.0.0.11")};
  config.admin.ssh_keys = {"ssh-ed25519 AAAA ops"};
  config.admin.from = {kgnode::parse_prefix("203.0.113.0/24").value(),
                       kgnode::parse_prefix("2001:db8:5::/48").value()};
  config.k3s.servers = {address("10.0.0.11"), address("10.0.0.12"), address("10.0.0.13")};
  config.k3s.cluster_cidr = kgnode::parse_prefix("10.42.0.0/16").value();
  config.k3s.service_cidr = kgnode::parse_prefix("10.43.0.0/16").value();
  return config;
}

kgnode::sys::RealNftables open_nftables(const World& world) {
  const auto inside = world.node.enter();
  auto opened = kgnode::sys::RealNftables::open();
  REQUIRE(opened);
  return *std::move(opened);
}

}  // namespace test
