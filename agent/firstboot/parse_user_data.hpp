#pragma once
/// user_data in every wrapping: our TOML, #cloud-config, multi-part MIME of them, plain or gzip.
/// Pure.
#include <string_view>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

inline constexpr std::string_view kUnderstood =
    "understood are node.toml and #cloud-config, in multi-part MIME or gzip";

/// What is not understood is named in `notes`, never dropped without a word.
UserData parse_user_data(std::string_view bytes, const std::string& where, Notes& notes);

}  // namespace kgnode::firstboot
