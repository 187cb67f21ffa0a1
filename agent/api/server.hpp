#pragma once
/// The admin API on its socket: connections, limits, time-outs.
#include <chrono>
#include <cstddef>
#include <memory>

#include "agent/api/auth.hpp"
#include "agent/api/node_api.hpp"
#include "agent/base/unique_fd.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): its name in Boost
}

namespace kgnode::api {

struct ServerLimits {
  std::size_t connections = 32;
  // Of these, only for who may change something: readers cannot shut the administrator out.
  std::size_t kept_for_admins = 8;
  std::chrono::milliseconds request{10'000};  // first byte to last
  std::chrono::milliseconds idle{30'000};     // before the first byte
  std::chrono::milliseconds farewell{2'000};  // for the peer to read the last answer
};

class Server {
 public:
  /// `listening` is a non-blocking unix socket. The node must outlive the server, and the server
  /// the running of its loop.
  Server(boost::asio::io_context& io, Node& node, UniqueFd listening, AccessGroups groups,
         ServerLimits limits = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Closes every connection.
  ~Server();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kgnode::api
