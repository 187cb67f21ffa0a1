/// The admin API on its socket.
#include "agent/api/server.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/api/routes.hpp"
#include "agent/api/server_session.hpp"
#include "agent/api/server_wire.hpp"

namespace kgnode::api {

namespace asio = boost::asio;
using boost::system::error_code;
using LocalSocket = asio::local::stream_protocol::socket;

namespace {

// Out of descriptors: accept would fail again at once, and the loop has other work.
constexpr std::chrono::milliseconds kAcceptPause{200};

BeastResponse complain(const ApiError& error) { return to_beast(make_error_response(error)); }

SessionRules to_rules(const ServerLimits& limits) {
  return {.request = limits.request,
          .idle = limits.idle,
          .farewell = limits.farewell,
          .complain = complain};
}

Session::Handler make_handler(Node& node, const Peer& peer) {
  return [&node, peer](Request request, const Session::Reply& reply) {
    spawn(handle(std::move(request), peer, node),
          [reply](const Response& response) { reply(to_beast(response)); });
  };
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(asio::io_context& io, Node& node, UniqueFd listening, AccessGroups groups,
       ServerLimits limits)
      : acceptor_(io), pause_(io), node_(node), groups_(groups), limits_(limits) {
    error_code failed;
    acceptor_.assign(asio::local::stream_protocol(), listening.get(), failed);
    if (!failed) (void)listening.release();  // the acceptor closes it
  }

  void accept();
  void stop();

 private:
  void on_accepted(error_code error, LocalSocket socket);
  void welcome(LocalSocket socket, const Peer& peer);
  bool has_room(const Peer& peer) const;

  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  Node& node_;
  AccessGroups groups_;
  ServerLimits limits_;
  std::shared_ptr<Crowd> crowd_ =
      std::make_shared<Crowd>(Crowd{.rules = to_rules(limits_), .sessions = {}});
};

void Server::Impl::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, LocalSocket socket) {
    self->on_accepted(error, std::move(socket));
  });
}

void Server::Impl::on_accepted(error_code error, LocalSocket socket) {
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

void Server::Impl::welcome(LocalSocket socket, const Peer& peer) {
  // Even refusals are counted: whoever is not polite enough to read them is cut off.
  const bool stranger = peer.privilege == Privilege::none;
  const bool room = has_room(peer);
  if ((stranger || !room) && crowd_->refused >= limits_.connections) return;
  const auto session = std::make_shared<Session>(Session::Socket(std::move(socket)), crowd_,
                                                 make_handler(node_, peer));
  if (stranger) return session->refuse(no_access(peer));
  if (!room)
    return session->refuse({503, "too many connections to the admin socket: try again later"});
  session->serve();
}

bool Server::Impl::has_room(const Peer& peer) const {
  const std::size_t used = crowd_->sessions.size() - crowd_->refused;
  const std::size_t kept = peer.privilege == Privilege::admin ? 0 : limits_.kept_for_admins;
  return used + kept < limits_.connections;
}

void Server::Impl::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (Session* session : crowd_->sessions) session->close();
}

Server::Server(asio::io_context& io, Node& node, UniqueFd listening, AccessGroups groups,
               ServerLimits limits)
    : impl_(std::make_shared<Impl>(io, node, std::move(listening), groups, limits)) {
  impl_->accept();
}

Server::~Server() { impl_->stop(); }

}  // namespace kgnode::api
