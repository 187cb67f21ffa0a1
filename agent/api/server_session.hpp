#pragma once
/// One connection of an HTTP server: requests one after the other, each with limits. For the
/// servers only.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "agent/api/http.hpp"
#include "agent/api/server_wire.hpp"

namespace kgnode::api {

class Session;

struct SessionRules {
  std::chrono::milliseconds request{10'000};  // first byte to last
  std::chrono::milliseconds idle{30'000};     // before the first byte
  std::chrono::milliseconds farewell{2'000};  // for the peer to read the last answer
  std::uint64_t body = kBodyLimit;            // bytes
  bool keep_alive = true;                     // as the peer wants; false: one request only
  std::function<BeastResponse(const ApiError&)> complain;
};

/// What the connections of one server share.
struct Crowd {
  SessionRules rules;
  std::set<Session*> sessions;
  std::size_t refused = 0;  // of the sessions, those that only get told so
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Reply = std::function<void(BeastResponse)>;
  /// Answers now or later, once.
  using Handler = std::function<void(Request, Reply)>;

  Session(Socket socket, std::shared_ptr<Crowd> crowd, Handler handler);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void serve() { next_request(); }
  /// Answers without reading: the peer may not, or there is no room.
  void refuse(const ApiError& error);
  void close();

 private:
  using ErrorCode = boost::system::error_code;

  void next_request();
  void on_first_bytes(ErrorCode error, std::size_t size);
  void read_header();
  void on_header(ErrorCode error);
  void read_body();
  void on_body(ErrorCode error);
  void on_read_error(ErrorCode error);
  void answer(BeastResponse response);
  void on_written(ErrorCode error);
  void farewell();
  void drain();

  void arm(std::chrono::milliseconds limit);
  void on_timer(ErrorCode error, std::uint64_t round);

  static constexpr std::size_t kPiece = 4096;
  static constexpr std::size_t kBufferLimit = kHeaderLimit + kBodyLimit + (std::size_t{64} << 10);

  Socket socket_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Crowd> crowd_;
  Handler handler_;
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

}  // namespace kgnode::api
