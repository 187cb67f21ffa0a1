#pragma once
/// The strict walk: every key known, every type right, every value well-formed, nothing missing.
#include "agent/config/diagnostic.hpp"
#include "agent/config/value.hpp"

namespace kgnode::config {

void check_document(const Value& root, Problems& problems);

}  // namespace kgnode::config
