#pragma once
/// One setting in a file of settings, with everything else in it left alone.
#include <optional>
#include <string>
#include <string_view>

#include "hardening/baseline/profile.hpp"

namespace kgnode::hardening {

/// What the file says of the row's key now: its last line counts; "" for a flag that is there.
std::optional<std::string> setting_in(std::string_view text, const BaselineRow& row);
/// The file with the row's setting, once. A new one comes last.
std::string with_setting(std::string_view text, const BaselineRow& row);

}  // namespace kgnode::hardening
