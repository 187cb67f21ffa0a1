/// A request on the admin socket: Beast's parser with our limits, then routes and handlers.
/// Whatever comes, there is a response, and nothing changes without the privilege to change.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "agent/api/routes.hpp"
#include "agent/api/server_wire.hpp"
#include "tests/support/fake_node.hpp"

using namespace kgnode;

namespace {

void check_response(const api::Response& response) {
  const auto message = api::to_beast(response);
  if (response.status < 200 || response.status > 599 || message.body().empty()) std::abort();
}

void serve(api::Request request, api::Privilege privilege) {
  test::FakeNode node;
  bool answered = false;
  spawn(api::handle(std::move(request), {.uid = 1000, .privilege = privilege}, node),
        [&answered](const api::Response& response) {
          check_response(response);
          answered = true;
        });
  if (!answered) std::abort();
  if (privilege != api::Privilege::admin && !node.changes.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  api::RequestParser parser;
  api::set_limits(parser);
  parser.eager(true);
  boost::system::error_code error;
  for (std::size_t used = 0, taken = 1; used < size && taken > 0 && !error && !parser.is_done();) {
    taken = parser.put(boost::asio::buffer(data + used, size - used), error);
    used += taken;
  }
  // As Beast does when the peer closes: unless nothing came at all, the parser judges what is
  // there.
  if (error == boost::beast::http::error::need_more) error = {};
  if (!error && !parser.is_done()) {
    if (!parser.got_some()) return 0;
    parser.put_eof(error);
  }
  if (error) {
    if (const auto refusal = api::to_api_error(error))
      check_response(make_error_response(*refusal));
    return 0;
  }
  if (!parser.is_done()) return 0;
  const api::Request request = api::to_request(parser.release());
  for (const auto privilege : {api::Privilege::none, api::Privilege::read, api::Privilege::admin})
    serve(request, privilege);
  return 0;
}
