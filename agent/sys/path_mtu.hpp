#pragma once
/// Whether packets as large as our interface sends them arrive: an echo of that size (RFC 792, RFC
/// 4443) that may not be cut on the way.
#include <chrono>
#include <cstdint>

#include "agent/base/net.hpp"

namespace kgnode::sys {

/// `cut`: small ones are answered and large ones are not. `silent`: neither, which tells nothing.
enum class PathMtu : std::uint8_t { whole, cut, silent };

struct PathMtuResult {
  PathMtu path = PathMtu::silent;
  unsigned mtu = 0;  // of the interface that has the address `from`; 0: not known
};

PathMtuResult probe_path_mtu(const Address& from, const Address& to,
                             std::chrono::milliseconds limit);

}  // namespace kgnode::sys
