#pragma once
/// The rule model as nft(8) reads it; pure.
#include <string>

#include "hardening/firewall/model.hpp"

namespace kgnode::hardening::firewall {

/// `nft -f` takes it as it is, and makes what compile() makes.
std::string to_nft_text(const Ruleset& rules);
std::string to_nft_text(const Rule& rule);
std::string to_nft_text(const Set& set);

}  // namespace kgnode::hardening::firewall
