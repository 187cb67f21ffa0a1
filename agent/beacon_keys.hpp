#pragma once
/// The keys of beacons: from the configuration, from the token that workers join with, or as kept
/// when that token was last in reach.
#include <string>

#include "agent/config/config.hpp"
#include "agent/peers/beacon.hpp"
#include "agent/sys/files.hpp"

namespace kgnode {

/// Made from the token; it opens beacons and nothing else.
constexpr auto kKeptBeaconKey = "/var/lib/kgnode/beacon-key";

struct BeaconKeys {
  peers::Keys keys;     // empty: there is none
  std::string trouble;  // what is wrong, with the way out; empty: nothing
};

BeaconKeys find_beacon_keys(sys::Files& files, const config::Config& config);

}  // namespace kgnode
