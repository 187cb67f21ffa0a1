#pragma once
/// Between Beast's messages and ours, with the limits of a request. For the server and its fuzz
/// target only.
#include <optional>

#include <boost/beast/http.hpp>

#include "agent/api/http.hpp"

namespace kgnode::api {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using BeastResponse = boost::beast::http::response<boost::beast::http::string_body>;

inline constexpr std::uint32_t kHeaderLimit = 8 << 10;
inline constexpr std::uint64_t kBodyLimit = 256 << 10;

void set_limits(RequestParser& parser, std::uint64_t body = kBodyLimit);
Request to_request(RequestParser::value_type&& message);
BeastResponse to_beast(const Response& response);
/// nullopt: the peer is gone, there is nobody to answer.
std::optional<ApiError> to_api_error(boost::system::error_code read_error,
                                     std::uint64_t body = kBodyLimit);

}  // namespace kgnode::api
