/// A request to the outlet: whatever comes, there is an answer, and nothing but GET and HEAD gets a
/// page.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <boost/asio/buffer.hpp>

#include "agent/api/server_outlet_wire.hpp"

using namespace kgnode;

namespace {

const api::OutletServer::Site& site() {
  static const api::OutletServer::Site all{
      .is_ours = [](const Address&) { return true; },
      .find = [](const std::string& path, const std::string& accept) -> std::optional<api::Page> {
        if (path != "/metrics") return std::nullopt;
        return api::Page{.body = accept.contains("openmetrics") ? "a" : "b"};
      }};
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  api::RequestParser parser;
  api::set_limits(parser, 0);
  parser.eager(true);
  boost::system::error_code error;
  for (std::size_t used = 0, taken = 1; used < size && taken > 0 && !error && !parser.is_done();) {
    taken = parser.put(boost::asio::buffer(data + used, size - used), error);
    used += taken;
  }
  if (error && error != boost::beast::http::error::need_more) {
    if (const auto refusal = api::to_api_error(error, 0);
        refusal && api::complain_of_outlet(*refusal).body().empty())
      std::abort();
    return 0;
  }
  if (!parser.is_done()) return 0;
  const auto request = api::to_request(parser.release());
  const auto answer = api::answer_outlet(request, site());
  const bool read_only = request.method == "GET" || request.method == "HEAD";
  if (answer.result_int() == 200 && !read_only) std::abort();
  if (request.method == "HEAD" ? !answer.body().empty() : answer.body().empty()) std::abort();
  return 0;
}
