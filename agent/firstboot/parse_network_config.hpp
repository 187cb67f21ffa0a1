#pragma once
/// network-config of NoCloud, versions 1 and 2 (the form of netplan): Ethernet cards. Pure.
#include <string_view>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

/// What is not understood is named in `notes`. nullopt: not YAML at all.
std::optional<Network> parse_network_config(std::string_view yaml, const std::string& where,
                                            Notes& notes);

}  // namespace kgnode::firstboot
