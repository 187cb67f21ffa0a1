#pragma once
/// The other end of the admin socket, for the command line: one request, one answer, blocking.
#include <chrono>
#include <string>

#include <boost/json/value.hpp>

#include "agent/api/listen.hpp"
#include "agent/base/result.hpp"

namespace kgnode::api {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // "/v1/status"
  std::string body;    // TOML; empty: none
  std::string socket = kSocketPath;
  std::chrono::milliseconds limit{30'000};
};

struct ClientResponse {
  unsigned status = 0;
  boost::json::value body;
};

/// An Error when there is no answer: no agent, no permission, too late, not HTTP or not JSON.
/// A refusal by the agent is an answer.
Result<ClientResponse> call(const ClientRequest& request);

}  // namespace kgnode::api
