/// network-config of NoCloud, versions 1 and 2.
#include "agent/firstboot/parse_network_config.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "agent/firstboot/parse_network_data.hpp"
#include "agent/sys/yaml.hpp"

namespace kgnode::firstboot {
namespace {

using sys::Yaml;

// IFNAMSIZ without the terminating zero; the characters keep a name from being a pattern or a
// second line.
constexpr std::size_t kNameMax = 15;

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_domain(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

std::string text_of(const Yaml& mapping, std::string_view key) {
  const auto* value = mapping.find(key);
  return value != nullptr ? value->text : std::string();
}

struct Card {
  Link link;
  std::string place;
  Notes& notes;

  void add_address(std::string_view address, std::string_view mask);
  void add_route(std::string_view to, std::string_view mask, std::string_view via,
                 std::string_view metric);
  void add_default(std::string_view via) {
    add_route(via.contains(':') ? "::/0" : "0.0.0.0/0", "", via, "");
  }
  void add_dns(const Yaml& value);
  void add_search(const Yaml& value);
  void set_mtu(const Yaml& value);
  void set_flag(const Yaml& value, std::string_view key, bool& flag);
  void unknown(std::string_view key) {
    notes.warn(place, std::format("key {} is not understood, ignoring", quote(key)));
  }
  void read_v2(const Yaml& mapping);
  void read_v2_key(std::string_view key, const Yaml& value);
  void read_v2_flag(std::string_view key, const Yaml& value);
  void read_v2_name_servers(const Yaml& value);
  void read_v2_overrides(const Yaml& value);
  void read_v2_routes(const Yaml& value);
  void read_subnet(const Yaml& subnet);
  void read_subnet_type(std::string_view type);
};

void Card::add_address(std::string_view address, std::string_view mask) {
  const auto parsed = parse_link_address(address, mask);
  if (!parsed) {
    return notes.error(
        place, std::format("address {} is not an address, so it is not set", quote(address)));
  }
  link.addresses.push_back(*parsed);
  if (parsed->address.family == Family::ipv6 && !link.accept_ra) link.accept_ra = false;
}

void Card::add_route(std::string_view to, std::string_view mask, std::string_view via,
                     std::string_view metric) {
  if (to == "default") to = via.contains(':') ? "::/0" : "0.0.0.0/0";
  const auto network = parse_link_address(to, mask);
  const auto gateway = parse_address(via);
  if (!network || !gateway || gateway->family != network->address.family) {
    return notes.warn(place, std::format("route to {} via {} is not understood, ignoring",
                                         quote(to), quote(via)));
  }
  link.routes.push_back({.to = make_prefix(network->address, network->length),
                         .via = gateway,
                         .metric = parse_int<std::uint32_t>(metric)});
}

void Card::add_dns(const Yaml& value) {
  for (const auto* item : value.leaves()) {
    if (const auto server = parse_address(item->text)) {
      link.dns.push_back(*server);
    } else {
      notes.warn(place,
                 std::format("DNS server {} is not an address, ignoring", quote(item->text)));
    }
  }
}

void Card::add_search(const Yaml& value) {
  for (const auto* item : value.leaves()) {
    if (is_domain(item->text)) {
      link.search.push_back(item->text);
    } else {
      notes.warn(place,
                 std::format("search domain {} is not a domain, ignoring", quote(item->text)));
    }
  }
}

void Card::set_mtu(const Yaml& value) {
  const auto mtu = parse_int<std::uint16_t>(value.text);
  if (mtu && *mtu >= 68) {
    link.mtu = *mtu;
  } else {
    notes.warn(place, std::format("mtu {} is not a size, ignoring it", quote(value.text)));
  }
}

void Card::set_flag(const Yaml& value, std::string_view key, bool& flag) {
  if (const auto truth = parse_yaml_bool(value)) {
    flag = *truth;
  } else {
    notes.warn(place,
               std::format("{} {} is neither true nor false, ignoring it", key, quote(value.text)));
  }
}

void Card::read_v2_routes(const Yaml& value) {
  for (const auto& route : value.items)
    add_route(text_of(route, "to"), "", text_of(route, "via"), text_of(route, "metric"));
}

void Card::read_v2_overrides(const Yaml& value) {
  if (const auto* routes = value.find("use-routes")) link.dhcp_routes = parse_yaml_bool(*routes);
}

void Card::read_v2_name_servers(const Yaml& value) {
  if (const auto* servers = value.find("addresses")) add_dns(*servers);
  if (const auto* search = value.find("search")) add_search(*search);
}

void Card::read_v2_flag(std::string_view key, const Yaml& value) {
  bool flag = false;
  set_flag(value, key, flag);
  if (key == "dhcp4") link.dhcp4 = flag;
  if (key == "dhcp6") link.dhcp6 = flag;
  if (key == "accept-ra" || (key == "dhcp6" && flag)) link.accept_ra = flag;
}

void Card::read_v2_key(std::string_view key, const Yaml& value) {
  // The identity is read first.
  if (key == "match" || key == "set-name" || key == "optional") return;
  if (key == "dhcp4" || key == "dhcp6" || key == "accept-ra") return read_v2_flag(key, value);
  if (key == "gateway4" || key == "gateway6") return add_default(value.text);
  if (key == "routes") return read_v2_routes(value);
  if (key == "mtu") return set_mtu(value);
  if (key == "nameservers") return read_v2_name_servers(value);
  if (key == "dhcp4-overrides") return read_v2_overrides(value);
  if (key != "addresses") return unknown(key);
  for (const auto* item : value.leaves()) add_address(item->text, "");
}

void Card::read_v2(const Yaml& mapping) {
  for (const auto& [key, value] : mapping.entries) read_v2_key(key, value);
}

void Card::read_subnet_type(std::string_view type) {
  if (type == "dhcp" || type == "dhcp4") {
    link.dhcp4 = true;
  } else if (type == "dhcp6" || type == "ipv6_dhcpv6-stateful") {
    link.dhcp6 = true;
    link.accept_ra = true;
  } else if (type == "ipv6_slaac" || type == "ipv6_dhcpv6-stateless") {
    link.accept_ra = true;
  } else if (type != "static" && type != "static6" && type != "manual") {
    notes.warn(place, std::format("subnet type {} is unknown, ignoring", quote(type)));
  }
}

void Card::read_subnet(const Yaml& subnet) {
  read_subnet_type(text_of(subnet, "type"));
  if (const auto address = text_of(subnet, "address"); !address.empty())
    add_address(address, text_of(subnet, "netmask"));
  if (const auto gateway = text_of(subnet, "gateway"); !gateway.empty()) add_default(gateway);
  if (const auto* servers = subnet.find("dns_nameservers")) add_dns(*servers);
  if (const auto* search = subnet.find("dns_search")) add_search(*search);
  const auto* routes = subnet.find("routes");
  if (routes == nullptr) return;
  for (const auto& route : routes->items) {
    auto to = text_of(route, "network");
    if (to.empty()) to = text_of(route, "destination");
    add_route(to, text_of(route, "netmask"), text_of(route, "gateway"), text_of(route, "metric"));
  }
}

/// Which card: by MAC, otherwise by name. False: neither can be used.
bool identify(Card& card, std::string_view mac, std::string_view name) {
  if (const auto parsed = parse_mac(mac)) {
    card.link.mac = *parsed;
    return true;
  }
  if (mac.empty() && is_plain_name(name)) {
    card.link.name = name;
    return true;
  }
  card.notes.warn(card.place,
                  std::format("neither the MAC {} nor the name {} says which card, ignoring",
                              quote(mac), quote(name)));
  return false;
}

void read_version2(const Yaml& root, const std::string& where, Network& network, Notes& notes) {
  static constexpr std::array<std::string_view, 3> kKnown{"version", "ethernets", "renderer"};
  for (const auto& [key, value] : root.entries) {
    if (!std::ranges::contains(kKnown, key)) {
      notes.warn(where,
                 std::format("line {}: {} are not supported, ignoring", value.line, quote(key)));
    }
  }
  const auto* ethernets = root.find("ethernets");
  if (ethernets == nullptr) return;
  for (const auto& [id, mapping] : ethernets->entries) {
    Card card{.link = {.id = id, .type = "ethernet"},
              .place = std::format("{}: {}", where, quote(id)),
              .notes = notes};
    const auto* match = mapping.find("match");
    const auto mac = match != nullptr ? text_of(*match, "macaddress") : std::string();
    const auto name = match != nullptr ? text_of(*match, "name") : id;
    if (!identify(card, mac, name)) continue;
    if (const auto wanted = text_of(mapping, "set-name"); !wanted.empty() && wanted != name) {
      notes.warn(card.place,
                 std::format("set-name {} is not followed: cards keep their names", quote(wanted)));
    }
    card.read_v2(mapping);
    network.links.push_back(std::move(card.link));
  }
}

/// Of version 1. False: it cannot be used.
bool read_card(Card& card, const Yaml& item) {
  if (card.link.type != "physical") {
    card.notes.warn(card.place, std::format("line {}: type {} is not supported, ignoring",
                                            item.line, quote(card.link.type)));
    return false;
  }
  if (!identify(card, text_of(item, "mac_address"), text_of(item, "name"))) return false;
  if (const auto* mtu = item.find("mtu")) card.set_mtu(*mtu);
  if (const auto* subnets = item.find("subnets")) {
    for (const auto& subnet : subnets->items) card.read_subnet(subnet);
  }
  return true;
}

void read_version1(const Yaml& root, const std::string& where, Network& network, Notes& notes) {
  const auto* items = root.find("config");
  if (items == nullptr) return;
  const Yaml* servers = nullptr;
  for (const auto& item : items->items) {
    const auto type = text_of(item, "type");
    const auto name = text_of(item, "name");
    if (type == "nameserver") {
      servers = item.find("address");
      continue;
    }
    Card card{.link = {.id = name, .type = type},
              .place = std::format("{}: {}", where, quote(name)),
              .notes = notes};
    if (read_card(card, item)) network.links.push_back(std::move(card.link));
  }
  if (servers == nullptr) return;
  for (auto& link : network.links) {
    Card card{.link = std::move(link), .place = where, .notes = notes};
    if (card.link.dns.empty()) card.add_dns(*servers);
    link = std::move(card.link);
  }
}

}  // namespace

std::optional<Network> parse_network_config(std::string_view text, const std::string& where,
                                            Notes& notes) {
  const auto document = sys::parse_yaml(text);
  if (!document) {
    notes.error(where, document.error().message());
    return std::nullopt;
  }
  const auto* wrapped = document->find("network");
  const auto& root = wrapped != nullptr ? *wrapped : *document;
  Network network{.told = true};
  const auto version = text_of(root, "version");
  if (version == "1") {
    read_version1(root, where, network, notes);
  } else if (version == "2") {
    read_version2(root, where, network, notes);
  } else {
    notes.error(where, std::format("version {} is unknown: known are 1 and 2", quote(version)));
    return std::nullopt;
  }
  return network;
}

}  // namespace kgnode::firstboot
