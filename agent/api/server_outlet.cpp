/// The HTTP outlet on the vRack.
#include "agent/api/server_outlet.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/api/server_outlet_wire.hpp"
#include "agent/api/server_session.hpp"

namespace kgnode::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Out of descriptors: accept would fail again at once, and the loop has other work.
constexpr std::chrono::milliseconds kAcceptPause{200};

/// One socket listens for both families.
Address to_address(const asio::ip::address& given) {
  Address address;
  if (given.is_v6() && !given.to_v6().is_v4_mapped()) {
    address.family = Family::ipv6;
    std::ranges::copy(given.to_v6().to_bytes(), address.bytes.begin());
    return address;
  }
  const auto four =
      given.is_v4() ? given.to_v4() : asio::ip::make_address_v4(asio::ip::v4_mapped, given.to_v6());
  std::ranges::copy(four.to_bytes(), address.bytes.begin());
  return address;
}

}  // namespace

class OutletServer::Impl : public std::enable_shared_from_this<OutletServer::Impl> {
 public:
  Impl(asio::io_context& io, Site site, UniqueFd listening, OutletLimits limits)
      : acceptor_(io), pause_(io), site_(std::move(site)), limits_(limits) {
    crowd_->rules = {.request = limits.request,
                     .idle = limits.request,
                     .farewell = limits.farewell,
                     .body = 0,
                     .keep_alive = false,
                     .complain = complain_of_outlet};
    error_code failed;
    acceptor_.assign(tcp::v6(), listening.get(), failed);
    if (!failed) (void)listening.release();  // the acceptor closes it
  }

  void accept();
  void stop();

 private:
  struct Guest {
    Address source;
    std::weak_ptr<Session> session;
  };

  void on_accepted(error_code error, tcp::socket socket);
  void welcome(tcp::socket socket);
  void make_room(const Address& source);

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Site site_;
  OutletLimits limits_;
  std::shared_ptr<Crowd> crowd_ = std::make_shared<Crowd>();
  std::list<Guest> guests_;  // in the order they came
};

void OutletServer::Impl::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    self->on_accepted(error, std::move(socket));
  });
}

void OutletServer::Impl::on_accepted(error_code error, tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](error_code stopped) {
      if (!stopped) self->accept();
    });
    return;
  }
  welcome(std::move(socket));
  accept();
}

void OutletServer::Impl::welcome(tcp::socket socket) {
  error_code gone;
  const auto local = socket.local_endpoint(gone);
  const auto remote = socket.remote_endpoint(gone);
  if (gone || !site_.is_ours(to_address(local.address()))) return;
  const auto source = to_address(remote.address());
  make_room(source);
  const auto answer = [self = shared_from_this()](const Request& request,
                                                  const Session::Reply& reply) {
    reply(answer_outlet(request, self->site_));
  };
  const auto session =
      std::make_shared<Session>(Session::Socket(std::move(socket)), crowd_, answer);
  guests_.push_back({source, session});
  session->serve();
}

/// A request takes a millisecond: the oldest of many is one that does not come to its end.
void OutletServer::Impl::make_room(const Address& source) {
  std::erase_if(guests_, [](const Guest& guest) { return guest.session.expired(); });
  const auto is_same = [&source](const Guest& guest) { return guest.source == source; };
  const auto own = static_cast<std::size_t>(std::ranges::count_if(guests_, is_same));
  auto oldest = guests_.end();
  if (own >= limits_.per_source) {
    oldest = std::ranges::find_if(guests_, is_same);
  } else if (guests_.size() >= limits_.connections) {
    oldest = guests_.begin();
  }
  if (oldest == guests_.end()) return;
  if (const auto session = oldest->session.lock()) session->close();
  guests_.erase(oldest);
}

void OutletServer::Impl::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (Session* session : crowd_->sessions) session->close();
}

OutletServer::OutletServer(asio::io_context& io, Site site, UniqueFd listening, OutletLimits limits)
    : impl_(std::make_shared<Impl>(io, std::move(site), std::move(listening), limits)) {
  impl_->accept();
}

OutletServer::~OutletServer() { impl_->stop(); }

}  // namespace kgnode::api
