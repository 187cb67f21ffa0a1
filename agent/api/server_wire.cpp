/// Between Beast's messages and ours.
#include "agent/api/server_wire.hpp"

#include <format>

#include <boost/json/serialize.hpp>

namespace kgnode::api {

namespace http = boost::beast::http;

void set_limits(RequestParser& parser, std::uint64_t body) {
  parser.header_limit(kHeaderLimit);
  parser.body_limit(body);
}

Request to_request(RequestParser::value_type&& message) {
  return {.method = message.method_string(),
          .target = message.target(),
          .content_type = message[http::field::content_type],
          .body = std::move(message.body()),
          .accept = message[http::field::accept]};
}

BeastResponse to_beast(const Response& response) {
  BeastResponse message(static_cast<http::status>(response.status), 11);
  message.set(http::field::server, "kgnode/" KGNODE_VERSION);
  message.set(http::field::content_type, "application/json");
  message.set(http::field::cache_control, "no-store");
  if (!response.allow.empty()) message.set(http::field::allow, response.allow);
  message.body() = boost::json::serialize(response.body) + "\n";
  message.prepare_payload();
  return message;
}

std::optional<ApiError> to_api_error(boost::system::error_code read_error, std::uint64_t body) {
  if (read_error == http::error::header_limit)
    return ApiError{431, std::format("the header is larger than {} KiB", kHeaderLimit >> 10)};
  if (read_error == http::error::body_limit)
    return ApiError{413, std::format("the body is larger than {} KiB", body >> 10)};
  if (read_error == http::error::partial_message)
    return ApiError{400, "the request ends before its end"};
  if (read_error == http::error::end_of_stream) return std::nullopt;
  // Beast's own category: what came is not HTTP. Anything else is the socket's end.
  if (read_error.category() != http::make_error_code(http::error::bad_method).category())
    return std::nullopt;
  return ApiError{400, "not an HTTP/1.1 request: " + read_error.message()};
}

}  // namespace kgnode::api
