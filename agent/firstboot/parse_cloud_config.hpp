#pragma once
/// The part of #cloud-config that such a node needs: names, keys, files. Pure.
#include <string_view>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

inline constexpr std::string_view kNodeTomlPath = "/etc/kgnode/node.toml";

bool is_cloud_config(std::string_view text);

/// Adds what the document says to `into`. Every key that is not followed is named in a warning.
void parse_cloud_config(std::string_view text, const std::string& where, UserData& into,
                        Notes& notes);

/// May user data write here? nullopt: yes; otherwise why not.
std::optional<std::string> refuse_path(std::string_view path);

}  // namespace kgnode::firstboot
