#pragma once

namespace kgnode {

/// Join tokens that were inline in a configuration, a file each: until the node has joined, and no
/// longer.
constexpr auto kKeptTokens = "/var/lib/kgnode/secrets";

}  // namespace kgnode
