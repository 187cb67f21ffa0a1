#pragma once
/// The HTTP outlet on the vRack: a few pages for everybody there, read-only. Whoever is slow or
/// holds many connections only loses his own.
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/api/http.hpp"
#include "agent/base/net.hpp"
#include "agent/base/unique_fd.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): its name in Boost
}

namespace kgnode::api {

struct Page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides those of all pages
};

struct OutletLimits {
  // Beyond either the oldest one ends: a newcomer always gets his turn.
  std::size_t connections = 64;
  std::size_t per_source = 8;
  std::chrono::milliseconds request{5'000};  // and as long before its first byte
  std::chrono::milliseconds farewell{1'000};
};

class OutletServer {
 public:
  struct Site {
    /// Whether this is the address that one may come in on; nobody else is answered.
    std::function<bool(const Address& local)> is_ours;
    /// nullopt: there is no such page.
    std::function<std::optional<Page>(const std::string& path, const std::string& accept)> find;
  };

  /// `listening` is a TCP socket; empty: nobody is served. The site must outlive the running of
  /// the loop.
  OutletServer(boost::asio::io_context& io, Site site, UniqueFd listening,
               OutletLimits limits = {});
  OutletServer(const OutletServer&) = delete;
  OutletServer& operator=(const OutletServer&) = delete;
  /// Closes every connection.
  ~OutletServer();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kgnode::api
