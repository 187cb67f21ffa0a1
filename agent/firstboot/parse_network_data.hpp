#pragma once
/// network_data.json of OpenStack, with what OVH makes of it. Pure.
#include <string_view>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

/// One broken link, network or route becomes a note and does not stop the others.
/// nullopt: not JSON at all.
std::optional<Network> parse_network_data(std::string_view json, const std::string& where,
                                          Notes& notes);

/// "fa:16:3e:00:00:01" in lower case with colons; nullopt: not an Ethernet address of one card.
std::optional<std::string> parse_mac(std::string_view text);
/// "24", "255.255.255.0" or "ffff:ffff::", fitting the family of the address.
std::optional<std::uint8_t> parse_mask(std::string_view text, Family family);
/// "192.0.2.1/24", or the address and a mask given apart; no mask at all means one host.
std::optional<LinkAddress> parse_link_address(std::string_view address, std::string_view mask);

}  // namespace kgnode::firstboot
