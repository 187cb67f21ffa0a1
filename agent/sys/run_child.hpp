#pragma once
/// A child process for programs that have no loop of their own.
#include "agent/sys/process.hpp"

namespace kgnode::sys {

/// As Processes::run, and returns when it has ended.
Result<Output> run_child(Command command);

}  // namespace kgnode::sys
