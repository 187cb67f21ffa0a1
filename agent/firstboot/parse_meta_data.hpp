#pragma once
/// meta_data.json of OpenStack and meta-data of NoCloud: who this instance is. Pure.
#include <string_view>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

/// What is not understood goes to `notes` under `where`; the rest is kept.
Meta parse_meta_data(std::string_view json, const std::string& where, Notes& notes);
Meta parse_nocloud_meta(std::string_view yaml, const std::string& where, Notes& notes);

/// The first label of a host name in lower case; empty when it is not one (RFC 1123).
std::string to_host_label(std::string_view name);
/// Adds a key that is not yet there; what our sshd would not take becomes a warning.
void add_ssh_key(std::string_view line, const std::string& where, std::vector<std::string>& keys,
                 Notes& notes);

}  // namespace kgnode::firstboot
