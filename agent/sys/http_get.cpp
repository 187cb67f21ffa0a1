/// A strict HTTP/1.0 GET over plain TCP, several servers at once.
#include "agent/sys/http_get.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <format>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/socket_address.hpp"

namespace kgnode::sys {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// One request on its way: connecting, sending, reading to the end.
class Fetch {
 public:
  Fetch(const HttpServer& server, std::string request, std::size_t limit)
      : server_(server), request_(std::move(request)), limit_(limit) {}

  void start();
  void go_on();  // the socket is ready
  bool is_done() const { return done_; }
  int fd() const { return fd_.get(); }
  short events() const { return sent_ < request_.size() ? POLLOUT : POLLIN; }
  Result<HttpAnswer> answer() const;

 private:
  void send();
  void receive();
  void stop(std::string error) {
    error_ = std::move(error);
    done_ = true;
    fd_.reset();
  }

  const HttpServer& server_;
  std::string request_;
  std::size_t limit_;
  UniqueFd fd_;
  bool connected_ = false;
  std::size_t sent_ = 0;
  std::string received_;
  std::string error_;
  bool done_ = false;
};

void Fetch::start() {
  fd_.reset(::socket(family_of(server_.address), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) return stop(Error::from_errno("make a socket").message());
  const auto to = to_socket_address(server_.address, server_.port, server_.interface);
  const int result = ::connect(fd_.get(), to.get(), to.size);
  if (result < 0 && errno != EINPROGRESS) stop(Error::from_errno("connect").message());
}

void Fetch::go_on() {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
    if (error != 0) return stop(Error::from_errno("connect", error).message());
    connected_ = true;
  }
  if (sent_ < request_.size()) return send();
  receive();
}

void Fetch::send() {
  const auto sent =
      ::send(fd_.get(), request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR)
    return stop(Error::from_errno("send").message());
  if (sent > 0) sent_ += static_cast<std::size_t>(sent);
}

void Fetch::receive() {
  std::array<char, 4096> chunk{};
  const auto got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return stop(Error::from_errno("receive").message());
  if (got == 0) return stop("");
  received_.append(chunk.data(), static_cast<std::size_t>(got));
  if (received_.size() > limit_) stop(std::format("more than {} bytes", limit_));
}

Result<HttpAnswer> Fetch::answer() const {
  if (!done_) return fail(Error::plain("no answer in time"));
  if (!error_.empty()) return fail(Error::plain(error_));
  return parse_http_answer(received_);
}

/// Waits for one socket to be ready; false: the time is over.
bool wait_for_any(std::vector<Fetch>& fetches, Time end) {
  std::vector<pollfd> waiting;
  std::vector<Fetch*> owners;
  for (auto& fetch : fetches) {
    if (fetch.is_done()) continue;
    waiting.push_back({.fd = fetch.fd(), .events = fetch.events()});
    owners.push_back(&fetch);
  }
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  if (waiting.empty() || left.count() <= 0) return false;
  const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR) return false;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (ready > 0 && waiting[i].revents != 0) owners[i]->go_on();
  }
  return true;
}

std::string reasons(std::span<const HttpServer> servers, const std::vector<Fetch>& fetches,
                    const RefuseAnswer& refuse) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < fetches.size(); ++i) {
    const auto answer = fetches[i].answer();
    all.push_back(
        std::format("{}: {}", to_string(servers[i]),
                    answer ? refuse(*answer).value_or("too late") : answer.error().message()));
  }
  return join(all, "; ");
}

// To a HTTP/1.0 request only a plain body may come (RFC 9112 §6.1), of the length announced.
Result<> check_field(std::string_view line, std::size_t body_size) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return fail(Error::plain("a header field has no colon"));
  const auto name = to_lower(line.substr(0, colon));
  const auto value = trim(line.substr(colon + 1));
  if (name == "transfer-encoding")
    return fail(Error::plain("the answer comes in chunks, which was not asked for"));
  if (name != "content-length" || parse_int<std::size_t>(value) == body_size) return {};
  return fail(Error::plain(
      std::format("the answer has {} bytes and announces {}", body_size, quote(value))));
}

}  // namespace

std::string to_string(const HttpServer& server) {
  std::string host = to_string(server.address);
  if (server.interface != 0) host += std::format("%{}", server.interface);
  if (server.address.family == Family::ipv6) host = "[" + host + "]";
  return server.port == 80 ? "http://" + host : std::format("http://{}:{}", host, server.port);
}

Result<HttpAnswer> parse_http_answer(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return fail(Error::plain("the answer is not HTTP or was cut short"));
  auto lines = split(bytes.substr(0, end), '\n');
  const auto words = split_words(trim(lines.front()));
  const bool http = words.size() >= 2 && (words[0] == "HTTP/1.0" || words[0] == "HTTP/1.1");
  const auto status = http && words[1].size() == 3 ? parse_int<int>(words[1]) : std::nullopt;
  if (!status || *status < 100) return fail(Error::plain("the answer is not HTTP/1"));
  const auto body = bytes.substr(end + 4);
  for (const auto line : std::span(lines).subspan(1)) TRY(check_field(line, body.size()));
  return HttpAnswer{.status = *status, .body = std::string(body)};
}

Result<HttpWinner> http_race(std::span<const HttpServer> servers, const std::string& path,
                             const HttpLimits& limits, const RefuseAnswer& refuse) {
  const auto end = std::chrono::steady_clock::now() + limits.time;
  std::vector<Fetch> fetches;
  std::vector<bool> judged(servers.size(), false);
  fetches.reserve(servers.size());
  for (const auto& server : servers) {
    const auto host = to_string(server).substr(std::string_view("http://").size());
    // A zone means nothing to the other side (RFC 6874 §4).
    const auto named = host.contains('%') ? host.substr(0, host.find('%')) + "]" : host;
    fetches.emplace_back(
        server,
        std::format(
            "GET {} HTTP/1.0\r\nHost: {}\r\nUser-Agent: kgnode\r\nConnection: close\r\n\r\n", path,
            named),
        limits.bytes);
    fetches.back().start();
  }
  do {
    for (std::size_t i = 0; i < fetches.size(); ++i) {
      if (!fetches[i].is_done() || judged[i]) continue;
      judged[i] = true;
      auto answer = fetches[i].answer();
      if (answer && !refuse(*answer)) return HttpWinner{.server = i, .answer = *std::move(answer)};
    }
  } while (wait_for_any(fetches, end));
  return fail(Error::plain(reasons(servers, fetches, refuse)));
}

Result<HttpAnswer> http_get(const HttpServer& server, const std::string& path,
                            const HttpLimits& limits) {
  auto winner =
      TRY(http_race({&server, 1}, path, limits, [](const HttpAnswer&) { return std::nullopt; }));
  return std::move(winner.answer);
}

}  // namespace kgnode::sys
