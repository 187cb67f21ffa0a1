#pragma once

namespace kgnode {

/// A join token that was inline in a configuration: until the node has joined, and no longer.
constexpr auto kKeptToken = "/var/lib/kgnode/secrets/k3s-token";

}  // namespace kgnode
