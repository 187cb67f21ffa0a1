#pragma once
/// Checked values to the plain Config.
#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "agent/config/value.hpp"

namespace kgnode::config {

/// `root` has passed every check and holds the defaults. Takes the secrets out of it.
Result<Config> extract(Value& root);

/// Adds what `defaults` has and `root` lacks.
void add_defaults(Value& root, const Value& defaults);

}  // namespace kgnode::config
