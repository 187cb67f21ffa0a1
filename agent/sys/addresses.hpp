#pragma once
/// The addresses that this host has at this moment.
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"

namespace kgnode::sys {

/// IPv4 and IPv6 addresses of all interfaces of this network namespace, sorted, each once.
Result<std::vector<Address>> list_addresses();

}  // namespace kgnode::sys
