#pragma once
/// Ethernet cards as /sys/class/net lists them.
#include <string>
#include <vector>

namespace kgnode::sys {

struct EthernetCard {
  std::string name;
  std::string mac;
  unsigned index = 0;
  bool operator==(const EthernetCard&) const = default;
};

/// Cards and what stands for one in a container, in the order of their index; no bridge, VLAN,
/// tunnel or loopback.
std::vector<EthernetCard> list_ethernet_cards(const std::string& folder = "/sys/class/net");

}  // namespace kgnode::sys
