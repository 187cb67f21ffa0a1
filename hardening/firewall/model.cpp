/// Small helpers of the rule model.
#include "hardening/firewall/model.hpp"

#include <algorithm>

namespace kgnode::hardening::firewall {

const Set* Ruleset::find_set(std::string_view name) const {
  auto it = std::ranges::find(sets, name, &Set::name);
  return it == sets.end() ? nullptr : &*it;
}

const Chain* Ruleset::find_chain(std::string_view name) const {
  auto it = std::ranges::find(chains, name, &Chain::name);
  return it == chains.end() ? nullptr : &*it;
}

const std::vector<std::string>& pod_interfaces() {
  static const std::vector<std::string> names = {"cni0", "flannel-v6.1", "flannel-wg",
                                                 "flannel-wg-v6", "flannel.1"};
  return names;
}

std::string_view to_string(SetKey key) {
  switch (key) {
    case SetKey::ipv4:
      return "ipv4_addr";
    case SetKey::ipv6:
      return "ipv6_addr";
    case SetKey::interface:
      return "ifname";
  }
  return "ipv4_addr";
}

std::string_view to_string(Hook hook) {
  switch (hook) {
    case Hook::none:
      return "";
    case Hook::prerouting:
      return "prerouting";
    case Hook::input:
      return "input";
    case Hook::forward:
      return "forward";
  }
  return "";
}

}  // namespace kgnode::hardening::firewall
