#pragma once
/// Whether TCP ports of others can be reached, and if not, what the network says.
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/base/net.hpp"

namespace kgnode::sys {

/// `refused`: the host is there and nothing listens. `no_route`: the network says that it cannot be
/// reached. `silent`: nothing was heard in time. `no_source`: we do not have the address that is to
/// be used. `other`: see the text.
enum class Reach : std::uint8_t { open, refused, no_route, silent, no_source, other };

struct Reached {
  Reach reach = Reach::silent;
  std::string text;  // what the kernel said; empty when it is open or silent
};

/// Connects to `port` of all of them at once, from the address `from`, and hangs up.
std::vector<Reached> reach_all(const Address& from, std::span<const Address> to, std::uint16_t port,
                               std::chrono::milliseconds limit);

}  // namespace kgnode::sys
