/// The other end of the admin socket.
#include "agent/api/client.hpp"

#include <format>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>

#include "agent/base/text.hpp"

namespace kgnode::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// The largest answers are the log and a firewall dump with many bans.
constexpr std::uint64_t kAnswerLimit = 16 << 20;

/// Runs one exchange on a loop of its own, so that one limit covers all of it.
class Exchange {
 public:
  explicit Exchange(const ClientRequest& request) : request_(request) {
    message_.method_string(request.method);
    message_.target(request.target);
    message_.version(11);
    message_.set(http::field::host, "kgnode");
    message_.keep_alive(false);
    message_.body() = request.body;
    if (!request.body.empty()) message_.set(http::field::content_type, "application/toml");
    message_.prepare_payload();
    parser_.body_limit(kAnswerLimit);
  }

  /// nullopt: it took too long.
  std::optional<error_code> run() {
    socket_.async_connect(asio::local::stream_protocol::endpoint(request_.socket),
                          [this](error_code error) { on_connected(error); });
    io_.run_for(request_.limit);
    return io_.stopped() ? std::optional(result_) : std::nullopt;
  }

  http::response<http::string_body> take() { return parser_.release(); }

 private:
  void on_connected(error_code error) {
    result_ = error;
    if (error) return;
    http::async_write(socket_, message_,
                      [this](error_code failed, std::size_t) { on_written(failed); });
  }

  void on_written(error_code error) {
    result_ = error;
    // A refusal may come before the request was sent whole, and the socket be closed for sending.
    if (error && error != asio::error::broken_pipe) return;
    http::async_read(socket_, buffer_, parser_,
                     [this](error_code failed, std::size_t) { result_ = failed; });
  }

  const ClientRequest& request_;
  asio::io_context io_{1};
  asio::local::stream_protocol::socket socket_{io_};
  http::request<http::string_body> message_;
  http::response_parser<http::string_body> parser_;
  boost::beast::flat_buffer buffer_;
  error_code result_;
};

Error explain(const ClientRequest& request, error_code error) {
  const std::string socket = quote(request.socket);
  if (error == asio::error::connection_refused || error == std::errc::no_such_file_or_directory) {
    return Error::plain(
        std::format("the agent does not run (nobody listens on {}): start it with "
                    "\"systemctl start kgnode\"",
                    socket));
  }
  if (error == asio::error::access_denied) {
    return Error::plain(
        std::format("no permission to open {}: use root or join group \"kgnode\"", socket));
  }
  return Error::plain(
      std::format("{} {} on {}: {}", request.method, request.target, socket, error.message()));
}

}  // namespace

Result<ClientResponse> call(const ClientRequest& request) {
  // asio throws for a path that does not fit into sockaddr_un.
  if (request.socket.size() > 107)
    return fail(Error::plain("the socket path " + quote(request.socket) + " is too long"));
  Exchange exchange(request);
  const auto ended = exchange.run();
  if (!ended) {
    return fail(Error::plain(std::format(
        "no answer to {} {} within {} s: the agent is busy or hangs, see \"journalctl -u kgnode\"",
        request.method, request.target, request.limit / std::chrono::seconds(1))));
  }
  if (*ended) return fail(explain(request, *ended));
  auto answer = exchange.take();
  error_code bad;
  auto body = boost::json::parse(answer.body(), bad);
  if (bad || !body.is_object()) {
    return fail(Error::plain(
        std::format("the answer to {} {} is not a JSON object", request.method, request.target)));
  }
  return ClientResponse{answer.result_int(), std::move(body)};
}

}  // namespace kgnode::api
