#pragma once
/// The addresses that this host has at this moment.
#include <cstddef>
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"

namespace kgnode::sys {

/// IPv4 and IPv6 addresses of all interfaces of this network namespace, sorted, each once.
Result<std::vector<Address>> list_addresses();

/// The interface that has the address; empty: none has it.
Result<std::string> find_interface(const Address& address);

/// Octets of the largest packet that the interface with the address sends; 0: none has it.
std::size_t interface_mtu(const Address& address);

}  // namespace kgnode::sys
