/// A stream of bytes, one each millisecond, whose receiver writes down when each came.
///
///   byte-stream serve PORT
///
/// prints "SOURCE MICROSECONDS_SINCE_THE_EPOCH" for each receipt;
///
///   byte-stream send FROM TO PORT SECONDS
///
/// sends for so long, whatever becomes of it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <print>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace {

using kgnode::UniqueFd;

int failed(std::string_view what) {
  std::println(stderr, "byte-stream: {}: {}", what, std::system_category().message(errno));
  return 1;
}

sockaddr_in to_address(const char* host, const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kgnode::parse_int<std::uint16_t>(port).value_or(0));
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

const sockaddr* as_any(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

long long now_in_microseconds() {
  return std::chrono::floor<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Peer {
  UniqueFd socket;
  std::string name;
};

void accept_one(int listener, std::vector<Peer>& peers) {
  sockaddr_in from{};
  socklen_t size = sizeof from;
  UniqueFd socket(::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
  std::array<char, INET_ADDRSTRLEN> name{};
  ::inet_ntop(AF_INET, &from.sin_addr, name.data(), name.size());
  peers.push_back({std::move(socket), name.data()});
}

/// False: it has ended.
bool receive(const Peer& peer) {
  std::array<char, 4096> bytes{};
  if (::recv(peer.socket.get(), bytes.data(), bytes.size(), 0) <= 0) return false;
  std::println("{} {}", peer.name, now_in_microseconds());
  (void)std::fflush(stdout);  // a line that is missing fails the test
  return true;
}

int serve(const char* port) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = to_address("0.0.0.0", port);
  if (::bind(listener.get(), as_any(address), sizeof address) != 0) return failed("bind");
  if (::listen(listener.get(), 16) != 0) return failed("listen");
  std::vector<Peer> peers;
  for (;;) {
    std::vector<pollfd> waiting{{.fd = listener.get(), .events = POLLIN}};
    for (const auto& peer : peers) waiting.push_back({.fd = peer.socket.get(), .events = POLLIN});
    if (::poll(waiting.data(), waiting.size(), -1) < 0) return failed("poll");
    for (auto i = waiting.size() - 1; i > 0; --i) {
      if (waiting[i].revents != 0 && !receive(peers[i - 1]))
        peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(i) - 1);
    }
    if (waiting[0].revents != 0) accept_one(listener.get(), peers);
  }
}

int send(const char* from, const char* to, const char* port, const char* seconds) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto source = to_address(from, "0");
  const auto target = to_address(to, port);
  const int at_once = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  if (::bind(socket.get(), as_any(source), sizeof source) != 0) return failed("bind");
  if (::connect(socket.get(), as_any(target), sizeof target) != 0) return failed("connect");
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(kgnode::parse_int<int>(seconds).value_or(0));
  while (std::chrono::steady_clock::now() < end) {
    // Full, once nothing gets through any more: then there is nothing to be done but wait.
    (void)::send(socket.get(), "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return 0;
}

}  // namespace

int main(int count, char** words) try {
  const std::string_view verb = count > 1 ? words[1] : "";
  if (verb == "serve" && count == 3) return serve(words[2]);
  if (verb == "send" && count == 6) return send(words[2], words[3], words[4], words[5]);
  std::println(stderr, "usage: byte-stream serve PORT | send FROM TO PORT SECONDS");
  return 64;
} catch (const std::exception& error) {
  std::println(stderr, "byte-stream: {}", error.what());
  return 1;
}
