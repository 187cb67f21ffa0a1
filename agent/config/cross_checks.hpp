#pragma once
/// What no single value can tell: checks of values against each other.
#include "agent/config/diagnostic.hpp"
#include "agent/config/value.hpp"

namespace kgnode::config {

/// `root` holds the defaults. Values that are absent or malformed are passed over: the strict walk
/// has reported them.
void check_across(const Value& root, Problems& problems);

/// Its parts: addresses and the cluster; ways in, openings, kernel and disk; jails; how K3s runs;
/// audit, accounts and time.
void check_cluster(const Value& root, Problems& problems);
void check_ban(const Value& root, Problems& problems);
void check_access(const Value& root, Problems& problems);
void check_k3s(const Value& root, Problems& problems);
void check_protect(const Value& root, Problems& problems);

}  // namespace kgnode::config
