#pragma once
/// A request to the outlet and its answer, without a socket. For the outlet and its fuzz target.
#include "agent/api/server_outlet.hpp"
#include "agent/api/server_wire.hpp"

namespace kgnode::api {

BeastResponse answer_outlet(const Request& request, const OutletServer::Site& site);
BeastResponse complain_of_outlet(const ApiError& error);

}  // namespace kgnode::api
