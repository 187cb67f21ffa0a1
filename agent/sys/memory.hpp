#pragma once
/// Memory that the process holds and does not use.
#include "agent/base/result.hpp"

namespace kgnode::sys {

/// Gives back the pages of code that are not in use, and free blocks of the heap; what is needed
/// again comes from the page cache. A start runs far more code than the life after it.
Result<> give_back_memory();

}  // namespace kgnode::sys
