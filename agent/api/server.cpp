/// The admin API on its socket.
#include "agent/api/server.hpp"

#include <array>
#include <set>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "agent/api/routes.hpp"
#include "agent/api/server_wire.hpp"

namespace kgnode::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Socket = asio::local::stream_protocol::socket;

namespace {

constexpr std::size_t kPiece = 4096;
constexpr std::size_t kBufferLimit = kHeaderLimit + kBodyLimit + (std::size_t{64} << 10);
// What a peer may still send after the last answer; more, and he is not reading it anyway.
constexpr std::size_t kDrainLimit = std::size_t{1} << 20;
// Out of descriptors: accept would fail again at once, and the loop has other work.
constexpr std::chrono::milliseconds kAcceptPause{200};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Session;

/// What the connections share.
struct Hub {
  Node& node;
  ServerLimits limits;
  std::set<Session*> sessions;
  std::size_t refused = 0;  // of the sessions, those that only get told so
};

/// One connection: requests one after the other, each with a time limit.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, Peer peer, std::shared_ptr<Hub> hub)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        peer_(std::move(peer)),
        hub_(std::move(hub)) {
    hub_->sessions.insert(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    hub_->sessions.erase(this);
    if (refused_) --hub_->refused;
  }

  void serve() { next_request(); }
  /// Answers without reading: the peer may not, or there is no room.
  void refuse(const ApiError& error);
  void close();

 private:
  void next_request();
  void on_first_bytes(error_code error, std::size_t size);
  void read_header();
  void on_header(error_code error);
  void read_body();
  void on_body(error_code error);
  void on_read_error(error_code error);
  void answer(const Response& response);
  void on_written(error_code error);
  void farewell();
  void drain();

  void arm(std::chrono::milliseconds limit);
  void on_timer(error_code error, std::uint64_t round);

  Socket socket_;
  asio::steady_timer timer_;
  Peer peer_;
  std::shared_ptr<Hub> hub_;
  boost::beast::flat_buffer buffer_{kBufferLimit};
  std::unique_ptr<RequestParser> parser_;  // one for each request
  BeastResponse response_;
  std::array<char, kPiece> discarded_{};
  std::size_t drained_ = 0;
  // Of the timer: an expiry that was already queued belongs to an old one.
  std::uint64_t round_ = 0;
  bool timed_out_ = false;
  bool keep_alive_ = false;
  bool refused_ = false;
};

void Session::close() {
  error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
}

void Session::refuse(const ApiError& error) {
  refused_ = true;
  ++hub_->refused;
  answer(make_error_response(error));
}

void Session::next_request() {
  keep_alive_ = false;
  parser_ = std::make_unique<RequestParser>();
  set_limits(*parser_);
  if (buffer_.size() > 0) return read_header();  // sent ahead
  arm(hub_->limits.idle);
  socket_.async_read_some(buffer_.prepare(kPiece),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            self->on_first_bytes(error, size);
                          });
}

void Session::on_first_bytes(error_code error, std::size_t size) {
  if (error) return close();
  buffer_.commit(size);
  read_header();
}

void Session::read_header() {
  arm(hub_->limits.request);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Session::on_header(error_code error) {
  if (error) return on_read_error(error);
  if (parser_->get()[http::field::expect] != "100-continue") return read_body();
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](error_code failed, std::size_t) {
                      failed ? self->close() : self->read_body();
                    });
}

void Session::read_body() {
  http::async_read(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_body(error); });
}

void Session::on_body(error_code error) {
  if (error) return on_read_error(error);
  ++round_;  // the answer takes as long as the node needs
  timer_.cancel();
  keep_alive_ = parser_->get().keep_alive();
  spawn(handle(to_request(parser_->release()), peer_, hub_->node),
        [self = shared_from_this()](const Response& response) { self->answer(response); });
}

void Session::on_read_error(error_code error) {
  if (timed_out_) return answer(make_error_response({408, "the request did not come to its end"}));
  const auto refusal = to_api_error(error);
  refusal ? answer(make_error_response(*refusal)) : close();
}

void Session::answer(const Response& response) {
  response_ = to_beast(response, keep_alive_);
  arm(hub_->limits.request);
  http::async_write(socket_, response_, [self = shared_from_this()](error_code error, std::size_t) {
    self->on_written(error);
  });
}

void Session::on_written(error_code error) {
  if (error) return close();
  keep_alive_ ? next_request() : farewell();
}

// Closing with bytes unread resets the connection, and the peer may lose the answer it waits for:
// so we stop sending, and read until the peer has closed too.
void Session::farewell() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  arm(hub_->limits.farewell);
  drain();
}

void Session::drain() {
  socket_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            self->drained_ += size;
                            error || self->drained_ > kDrainLimit ? self->close() : self->drain();
                          });
}

void Session::arm(std::chrono::milliseconds limit) {
  timed_out_ = false;
  timer_.expires_after(limit);
  timer_.async_wait([self = weak_from_this(), round = ++round_](error_code error) {
    if (const auto session = self.lock()) session->on_timer(error, round);
  });
}

void Session::on_timer(error_code error, std::uint64_t round) {
  if (error || round != round_) return;
  error_code ignored;
  timed_out_ = true;
  socket_.cancel(ignored);  // what waits on the socket ends with an error and decides
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(asio::io_context& io, std::shared_ptr<Hub> hub, UniqueFd listening, AccessGroups groups)
      : acceptor_(io), pause_(io), hub_(std::move(hub)), groups_(groups) {
    error_code failed;
    acceptor_.assign(asio::local::stream_protocol(), listening.get(), failed);
    if (!failed) (void)listening.release();  // the acceptor closes it
  }

  void accept();
  void stop();

 private:
  void on_accepted(error_code error, Socket socket);
  void welcome(Socket socket, const Peer& peer);
  bool has_room(const Peer& peer) const;

  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<Hub> hub_;
  AccessGroups groups_;
};

void Server::Impl::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, Socket socket) {
    self->on_accepted(error, std::move(socket));
  });
}

void Server::Impl::on_accepted(error_code error, Socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](error_code stopped) {
      if (!stopped) self->accept();
    });
    return;
  }
  // Without credentials there is nobody to answer: the socket closes.
  if (const auto peer = read_peer(socket.native_handle(), groups_))
    welcome(std::move(socket), *peer);
  accept();
}

void Server::Impl::welcome(Socket socket, const Peer& peer) {
  // Even refusals are counted: whoever is not polite enough to read them is cut off.
  const bool stranger = peer.privilege == Privilege::none;
  const bool room = has_room(peer);
  if ((stranger || !room) && hub_->refused >= hub_->limits.connections) return;
  const auto session = std::make_shared<Session>(std::move(socket), peer, hub_);
  if (stranger) return session->refuse(no_access(peer));
  if (!room)
    return session->refuse({503, "too many connections to the admin socket: try again later"});
  session->serve();
}

bool Server::Impl::has_room(const Peer& peer) const {
  const std::size_t used = hub_->sessions.size() - hub_->refused;
  const std::size_t kept = peer.privilege == Privilege::admin ? 0 : hub_->limits.kept_for_admins;
  return used + kept < hub_->limits.connections;
}

void Server::Impl::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (Session* session : hub_->sessions) session->close();
}

Server::Server(asio::io_context& io, Node& node, UniqueFd listening, AccessGroups groups,
               ServerLimits limits)
    : impl_(std::make_shared<Impl>(io, std::make_shared<Hub>(node, limits), std::move(listening),
                                   groups)) {
  impl_->accept();
}

Server::~Server() { impl_->stop(); }

}  // namespace kgnode::api
