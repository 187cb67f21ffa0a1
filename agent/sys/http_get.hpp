#pragma once
/// A strict HTTP/1.0 GET over plain TCP, several servers at once: enough for a metadata service,
/// and no more.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"

namespace kgnode::sys {

struct HttpServer {
  Address address;
  std::uint16_t port = 80;
  unsigned interface = 0;  // index, for a link-local address
};

std::string to_string(const HttpServer& server);  // "http://[fe80::a9fe:a9fe%2]"

struct HttpAnswer {
  int status = 0;
  std::string body;
  bool operator==(const HttpAnswer&) const = default;
};

/// The whole answer of a server that closes the connection at its end. Refused: another protocol, a
/// chunked body, a body shorter than its Content-Length. Pure.
Result<HttpAnswer> parse_http_answer(std::string_view bytes);

struct HttpLimits {
  std::chrono::milliseconds time{5000};
  std::size_t bytes = std::size_t{1} << 20;
};

Result<HttpAnswer> http_get(const HttpServer& server, const std::string& path,
                            const HttpLimits& limits);

struct HttpWinner {
  std::size_t server = 0;  // index in the list given
  HttpAnswer answer;
};

/// Why an answer is not taken, "status 404"; nullopt: it is good.
using RefuseAnswer = std::function<std::optional<std::string>(const HttpAnswer& answer)>;

/// Asks all servers at once; the first answer that is not refused wins and the others are dropped.
/// The error names what each of them said.
Result<HttpWinner> http_race(std::span<const HttpServer> servers, const std::string& path,
                             const HttpLimits& limits, const RefuseAnswer& refuse);

}  // namespace kgnode::sys
