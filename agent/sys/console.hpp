#pragma once
/// The console of the machine: what a person sees who has no other way in.
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// One line, without waiting for a slow one. No console is no failure: containers may have none.
Result<> write_console(std::string_view line);

}  // namespace kgnode::sys
