#pragma once
/// The routes of the admin API: one line each, and the way from a request to its handler.
#include <span>
#include <string_view>

#include "agent/api/http.hpp"
#include "agent/api/node_api.hpp"

namespace kgnode::api {

/// A request that has passed the checks of its route; a parameter that was not given is absent.
struct Call {
  Request request;
  std::map<std::string, std::string> query;
  Peer peer;
};

using Handler = Task<Answer<boost::json::value>> (*)(const Call& call, Node& node);

enum class Body : std::uint8_t { none, optional_toml, toml };

struct Route {
  std::string_view method;
  std::string_view path;
  Privilege privilege;
  Body body;
  std::string_view parameters;  // allowed in the query, separated by blanks
  Handler handler;
  std::string_view summary;
};

std::span<const Route> routes();

/// Decides who may, what is well-formed, and calls the handler. Never fails: every refusal is a
/// response.
Task<Response> handle(Request request, Peer peer, Node& node);

}  // namespace kgnode::api
