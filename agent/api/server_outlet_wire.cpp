/// A request to the outlet and its answer.
#include "agent/api/server_outlet_wire.hpp"

#include "agent/base/text.hpp"

namespace kgnode::api {

namespace http = boost::beast::http;

namespace {

BeastResponse to_message(const Page& page) {
  BeastResponse message(static_cast<http::status>(page.status), 11);
  message.set(http::field::server, "kgnode/" KGNODE_VERSION);
  message.set(http::field::content_type, page.content_type);
  message.set(http::field::cache_control, "no-store");
  // A page is what it says it is, and nobody else's to frame or to read.
  message.set("X-Content-Type-Options", "nosniff");
  message.set("Cross-Origin-Resource-Policy", "same-origin");
  for (const auto& [name, value] : page.headers) message.set(name, value);
  message.body() = page.body;
  message.prepare_payload();
  return message;
}

}  // namespace

BeastResponse complain_of_outlet(const ApiError& error) {
  return to_message({.status = error.status, .body = printable(error.message) + "\n"});
}

BeastResponse answer_outlet(const Request& request, const OutletServer::Site& site) {
  if (request.method != "GET" && request.method != "HEAD") {
    auto message = complain_of_outlet({405, "only GET and HEAD are understood here"});
    message.set(http::field::allow, "GET, HEAD");
    return message;
  }
  const auto target = parse_target(request.target);
  const auto page = target ? site.find(target->path, request.accept) : std::nullopt;
  auto message = page ? to_message(*page)
                      : complain_of_outlet({404, "there are /healthz, /readyz and /metrics"});
  // The length stays that of the whole page (RFC 9110 section 9.3.2).
  if (request.method == "HEAD") message.body().clear();
  return message;
}

}  // namespace kgnode::api
