#pragma once
/// One line to the journal with fields, or to a terminal as text.
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace kgnode::sys {

/// As sd-daemon(3) numbers them. error: a promise to the user is broken; warning: we go on and say
/// so; notice: we changed the system; info: life cycle.
enum class Level : int { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Never fails: what cannot be logged is lost.
void log(Level level, std::string_view message, Fields fields = {});

}  // namespace kgnode::sys
