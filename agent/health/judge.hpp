#pragma once
/// What a look says of each check; pure.
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/health/readings.hpp"
#include "agent/health/tracker.hpp"

namespace kgnode::health {

/// Of the configuration, what the judge must know.
struct Expected {
  Address address;               // of the node on the vRack
  std::vector<PortRange> ports;  // that may listen to others
};

/// What only shows between looks. `was`: the look before; nullptr: this is the first.
Events note_events(const Events& before, const Readings* was, const Readings& now);

std::vector<Verdict> judge(const Expected& want, const Readings& now, const Events& events);

}  // namespace kgnode::health
