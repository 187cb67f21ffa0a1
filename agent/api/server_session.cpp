/// One connection of an HTTP server.
#include "agent/api/server_session.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace kgnode::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// What a peer may still send after the last answer; more, and he is not reading it anyway.
constexpr std::size_t kDrainLimit = std::size_t{1} << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Session::Session(Socket socket, std::shared_ptr<Crowd> crowd, Handler handler)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      crowd_(std::move(crowd)),
      handler_(std::move(handler)) {
  crowd_->sessions.insert(this);
}

Session::~Session() {
  crowd_->sessions.erase(this);
  if (refused_) --crowd_->refused;
}

void Session::close() {
  ErrorCode ignored;
  timer_.cancel();
  socket_.close(ignored);
}

void Session::refuse(const ApiError& error) {
  refused_ = true;
  ++crowd_->refused;
  answer(crowd_->rules.complain(error));
}

void Session::next_request() {
  keep_alive_ = false;
  parser_ = std::make_unique<RequestParser>();
  set_limits(*parser_, crowd_->rules.body);
  if (buffer_.size() > 0) return read_header();  // sent ahead
  arm(crowd_->rules.idle);
  socket_.async_read_some(buffer_.prepare(kPiece),
                          [self = shared_from_this()](ErrorCode error, std::size_t size) {
                            self->on_first_bytes(error, size);
                          });
}

void Session::on_first_bytes(ErrorCode error, std::size_t size) {
  if (error) return close();
  buffer_.commit(size);
  read_header();
}

void Session::read_header() {
  arm(crowd_->rules.request);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_header(error); });
}

void Session::on_header(ErrorCode error) {
  if (error) return on_read_error(error);
  if (parser_->get()[http::field::expect] != "100-continue") return read_body();
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](ErrorCode failed, std::size_t) {
                      failed ? self->close() : self->read_body();
                    });
}

void Session::read_body() {
  http::async_read(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_body(error); });
}

void Session::on_body(ErrorCode error) {
  if (error) return on_read_error(error);
  ++round_;  // the answer takes as long as the node needs
  timer_.cancel();
  keep_alive_ = crowd_->rules.keep_alive && parser_->get().keep_alive();
  handler_(to_request(parser_->release()), [self = shared_from_this()](BeastResponse response) {
    self->answer(std::move(response));
  });
}

void Session::on_read_error(ErrorCode error) {
  if (timed_out_)
    return answer(crowd_->rules.complain({408, "the request did not come to its end"}));
  const auto refusal = to_api_error(error, crowd_->rules.body);
  refusal ? answer(crowd_->rules.complain(*refusal)) : close();
}

void Session::answer(BeastResponse response) {
  response_ = std::move(response);
  response_.keep_alive(keep_alive_);
  arm(crowd_->rules.request);
  http::async_write(socket_, response_, [self = shared_from_this()](ErrorCode error, std::size_t) {
    self->on_written(error);
  });
}

void Session::on_written(ErrorCode error) {
  if (error) return close();
  keep_alive_ ? next_request() : farewell();
}

// Closing with bytes unread resets the connection, and the peer may lose the answer it waits for:
// so we stop sending, and read until the peer has closed too.
void Session::farewell() {
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  arm(crowd_->rules.farewell);
  drain();
}

void Session::drain() {
  socket_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](ErrorCode error, std::size_t size) {
                            self->drained_ += size;
                            error || self->drained_ > kDrainLimit ? self->close() : self->drain();
                          });
}

void Session::arm(std::chrono::milliseconds limit) {
  timed_out_ = false;
  timer_.expires_after(limit);
  timer_.async_wait([self = weak_from_this(), round = ++round_](ErrorCode error) {
    if (const auto session = self.lock()) session->on_timer(error, round);
  });
}

void Session::on_timer(ErrorCode error, std::uint64_t round) {
  if (error || round != round_) return;
  ErrorCode ignored;
  timed_out_ = true;
  socket_.cancel(ignored);  // what waits on the socket ends with an error and decides
}

}  // namespace kgnode::api
