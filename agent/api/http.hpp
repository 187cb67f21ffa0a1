#pragma once
/// A request and a response as plain values; no sockets, no Beast.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "agent/api/node_api.hpp"

namespace kgnode::api {

struct Request {
  std::string method;
  std::string target;  // path and query as they came
  std::string content_type;
  std::string body;
  std::string accept;
};

struct Response {
  unsigned status = 200;
  boost::json::value body;
  std::string allow;  // the methods there are, with 405
};

/// {"error": {"status", "message", "detail"}}
Response make_error_response(const ApiError& error);

struct Target {
  std::string path;
  std::map<std::string, std::string> query;
};

/// Percent-decoded once; '+' stays '+'. nullopt: a bad escape, a control byte, or a repeated key.
std::optional<Target> parse_target(std::string_view target);
/// For a value in a query: everything but RFC 3986 unreserved characters is escaped.
std::string percent_encode(std::string_view text);

}  // namespace kgnode::api
