/// The HTTP outlet on real sockets: slow, many, malformed and strange peers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "agent/api/server_outlet.hpp"
#include "agent/base/net.hpp"
#include "agent/sys/socket_address.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

constexpr auto kHealthz = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/// An outlet on a thread of its own, at 127.0.0.1 and no other address.
class Rig {
 public:
  explicit Rig(api::OutletLimits limits = {.request = 400ms, .farewell = 200ms}) {
    UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int off = 0;
    REQUIRE(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    socklen_t size = sizeof any;
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), size) == 0);
    REQUIRE(::listen(fd.get(), 1024) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&any), &size) == 0);
    port_ = ntohs(any.sin6_port);
    server_ = std::make_unique<api::OutletServer>(
        io_,
        api::OutletServer::Site{
            .is_ours = [](const Address& local) { return to_string(local) == "127.0.0.1"; },
            .find = find},
        std::move(fd), limits);
    thread_ = std::thread([this] { io_.run(); });
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;
  ~Rig() {
    boost::asio::post(io_, [this] { server_.reset(); });
    thread_.join();
  }

  /// Connects to one of the loopback's addresses, from another one.
  UniqueFd dial(const std::string& to = "127.0.0.1", const std::string& from = "127.0.0.1") const {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto source = sys::to_socket_address(*parse_address(from), 0);
    REQUIRE(::bind(fd.get(), source.get(), source.size) == 0);
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    REQUIRE(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    const auto target = sys::to_socket_address(*parse_address(to), port_);
    REQUIRE(::connect(fd.get(), target.get(), target.size) == 0);
    return fd;
  }

  std::string ask(std::string_view text, const std::string& to = "127.0.0.1") const {
    const auto fd = dial(to);
    send_text(fd, text);
    return receive_all(fd);
  }

  static void send_text(const UniqueFd& fd, std::string_view text) {
    // The outlet may have closed: what comes back tells.
    (void)::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }

  /// Everything until the outlet closes; "TIMEOUT" at the end when it does not.
  static std::string receive_all(const UniqueFd& fd) {
    std::string all;
    char piece[4096];
    for (;;) {
      const ssize_t got = ::recv(fd.get(), piece, sizeof piece, 0);
      if (got == 0 || (got < 0 && errno == ECONNRESET)) return all;
      if (got < 0) return all + "TIMEOUT";
      all.append(piece, static_cast<std::size_t>(got));
    }
  }

 private:
  static std::optional<api::Page> find(const std::string& path, const std::string& accept) {
    if (path == "/accept") return api::Page{.body = accept};
    if (path != "/healthz") return std::nullopt;
    return api::Page{.body = "ok\n"};
  }

  std::uint16_t port_ = 0;
  boost::asio::io_context io_{1};
  std::unique_ptr<api::OutletServer> server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("outlet: a page, and its head alone") {
  const Rig rig;
  const auto page = rig.ask(kHealthz);
  CHECK_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(page, ContainsSubstring("\r\nConnection: close\r\n"));
  CHECK(page.ends_with("\r\n\r\nok\n"));
  const auto head = rig.ask("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK_THAT(head, ContainsSubstring("Content-Length: 3\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(rig.ask("GET /accept HTTP/1.1\r\nHost: a\r\nAccept: x/y\r\n\r\n").ends_with("x/y"));
}

TEST_CASE("outlet: what is not there, not allowed or no request is refused") {
  const Rig rig;
  CHECK_THAT(rig.ask("GET /secret HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  CHECK_THAT(rig.ask("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  const auto post = rig.ask("DELETE /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK_THAT(post, StartsWith("HTTP/1.1 405 "));
  CHECK_THAT(post, ContainsSubstring("Allow: GET, HEAD\r\n"));
  CHECK_THAT(rig.ask("what is this\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(rig.ask("GET /healthz HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789"),
             StartsWith("HTTP/1.1 413 "));
  const auto large = "GET /healthz HTTP/1.1\r\nA: " + std::string(9000, 'a') + "\r\n\r\n";
  CHECK_THAT(rig.ask(large), StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("outlet: who did not come to the node's address gets no answer") {
  const Rig rig;
  CHECK(rig.ask(kHealthz, "127.0.0.2").empty());
  CHECK_THAT(rig.ask(kHealthz), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("outlet: a request that does not come to its end is ended") {
  const Rig rig;
  const auto silent = rig.dial();
  CHECK(Rig::receive_all(silent).empty());
  CHECK_THAT(rig.ask("GET /healthz HTT"), StartsWith("HTTP/1.1 408 "));
}

TEST_CASE("outlet: 200 slow clients of one source delay nobody") {
  const Rig rig({.request = 60s, .farewell = 200ms});
  std::vector<UniqueFd> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(rig.dial());
    Rig::send_text(slow.back(), "GET /heal");
  }
  CHECK_THAT(rig.ask(kHealthz), StartsWith("HTTP/1.1 200 "));
  // Only the newest few are still there, and the first one is not.
  CHECK(Rig::receive_all(slow.front()).empty());
}

TEST_CASE("outlet: 200 slow clients of as many sources delay nobody") {
  const Rig rig({.request = 60s, .farewell = 200ms});
  std::vector<UniqueFd> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(rig.dial("127.0.0.1", "127.0.1." + std::to_string(i + 1)));
    Rig::send_text(slow.back(), "GET /heal");
  }
  CHECK_THAT(rig.ask(kHealthz), StartsWith("HTTP/1.1 200 "));
  CHECK(Rig::receive_all(slow.front()).empty());
}
