#pragma once
/// What first boot keeps below /var/lib/kgnode/firstboot: what it took, and the network for a boot
/// without the drive.
#include <optional>
#include <string>
#include <string_view>

#include "agent/firstboot/plan.hpp"
#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

inline constexpr const char* kStatePath = "/var/lib/kgnode/firstboot/state.json";
inline constexpr const char* kCachePath = "/var/lib/kgnode/firstboot/cache.json";

std::string to_json(const State& state);
std::optional<State> parse_state(std::string_view json);

/// Who the instance is and its network, as read; never user data, which holds secrets.
std::string to_cache(const RawSeed& raw, const Meta& meta);
std::optional<RawSeed> parse_cache(std::string_view json);

}  // namespace kgnode::firstboot
