#pragma once
/// A stand-in for a HTTP server on loopback, as rude as a test wants it: one thread for each
/// connection.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/http_get.hpp"

namespace test {

/// One connection, seen from the server.
class HttpPeer {
 public:
  HttpPeer(int fd, std::stop_token stop) : fd_(fd), stop_(std::move(stop)) {}

  /// false: the client is gone or the test is over.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      if (stop_.stop_requested()) return false;
      pollfd ready{.fd = fd_, .events = POLLOUT};
      if (::poll(&ready, 1, kTick) == 0) continue;
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// A moment without a byte; false as above.
  bool pause() const {
    pollfd gone{.fd = fd_, .events = POLLRDHUP};
    return ::poll(&gone, 1, kTick) == 0 && !stop_.stop_requested();
  }

 private:
  static constexpr int kTick = 20;  // ms
  int fd_;
  std::stop_token stop_;
};

class HttpStandIn {
 public:
  using Serve = std::function<void(const HttpPeer& peer, const std::string& path)>;

  explicit HttpStandIn(Serve serve) : serve_(std::move(serve)) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    if (::bind(listener_.get(), address, size) < 0 || ::listen(listener_.get(), 16) < 0 ||
        ::getsockname(listener_.get(), address, &size) < 0)
      return;
    port_ = ntohs(at.sin_port);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
  }

  kgnode::sys::HttpServer server() const {
    return {.address = *kgnode::parse_address("127.0.0.1"), .port = port_};
  }

 private:
  void accept(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{.fd = listener_.get(), .events = POLLIN};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      kgnode::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) continue;
      connections_.emplace_back([this, client = std::move(client)](const std::stop_token& ending) {
        const HttpPeer peer(client.get(), ending);
        serve_(peer, read_path(client.get()));
      });
    }
    connections_.clear();  // asks each to stop and waits for it
  }

  static std::string read_path(int fd) {
    std::string request;
    char c = 0;
    while (!request.ends_with("\r\n\r\n") && ::recv(fd, &c, 1, 0) == 1) request += c;
    const auto begin = request.find(' ') + 1;
    return request.substr(begin, request.find(' ', begin) - begin);
  }

  Serve serve_;
  kgnode::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<std::jthread> connections_;  // the acceptor's alone
  std::jthread acceptor_;                  // last: ends before all it uses
};

}  // namespace test
