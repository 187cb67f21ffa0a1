#pragma once
/// The rule model to the kernel's form; pure.
#include "agent/sys/nftables.hpp"
#include "hardening/firewall/model.hpp"

namespace kgnode::hardening::firewall {

sys::nft::Table compile(const Ruleset& rules);

}  // namespace kgnode::hardening::firewall
