#pragma once
/// `kgnode release`, which the package calls before it is removed.

namespace kgnode::release {

/// 0: the node is as it was before this agent, but for its state and what is named. On an error the
/// agent can be started again, and has everything as before.
int run_release();

}  // namespace kgnode::release
