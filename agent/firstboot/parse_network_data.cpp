/// network_data.json of OpenStack, with what OVH makes of it.
#include "agent/firstboot/parse_network_data.hpp"

#include <algorithm>
#include <bit>
#include <format>

#include "agent/base/text.hpp"
#include "agent/firstboot/json.hpp"

namespace kgnode::firstboot {
namespace {

namespace json = boost::json;

// What a link can carry, and what fits an Ethernet frame; 68 is the floor of IPv4 (RFC 791).
constexpr std::int64_t kMtuMin = 68;
constexpr std::int64_t kMtuMax = 65535;
constexpr std::size_t kLinksMax = 64;

// Links made of others need more than a file each; every other type, known or not, is a card with a
// MAC.
bool is_stacked(std::string_view type) { return type == "bond" || type == "vlan"; }

struct Reader {
  const std::string& where;
  Notes& notes;
  Network network;
  std::vector<std::string> skipped;  // ids of links that already got a note

  std::string at(std::string_view what, std::string_view id) const {
    return std::format("{}: {} {}", where, what, quote(id));
  }
  void read_link(const json::value& value);
  void read_network(const json::value& value);
  bool read_type(const json::object& object, const std::string& place, Link& link);
  void read_address(const json::object& object, const std::string& place, Link& link);
  void read_routes(const json::object& object, const std::string& place, Link& link);
  void read_dns(const json::array& services, const std::string& place,
                std::vector<Address>& servers);
};

void Reader::read_link(const json::value& value) {
  if (!value.is_object()) return notes.warn(where, "a link is not an object, ignoring");
  const auto& object = value.get_object();
  Link link{.id = text_at(object, "id"), .type = text_at(object, "type")};
  const auto place = at("link", link.id);
  const auto skip = [this, &place, &link](std::string text) {
    notes.warn(place, std::move(text));
    skipped.push_back(link.id);
  };
  if (is_stacked(link.type)) {
    return skip(
        std::format("type {} is not supported, so it and its networks are left out: OVH never tags "
                    "or bonds inside "
                    "an instance; "
                    "set such a link up with files in /etc/systemd/network",
                    quote(link.type)));
  }
  const auto mac = parse_mac(text_at(object, "ethernet_mac_address"));
  if (!mac) return skip("has no ethernet_mac_address, so it cannot be found, ignoring");
  link.mac = *mac;
  if (std::ranges::contains(network.links, link.mac, &Link::mac))
    return skip(std::format("has the MAC {} of another link, ignoring", link.mac));
  if (const auto mtu = number_at(object, "mtu")) {
    if (*mtu >= kMtuMin && *mtu <= kMtuMax) {
      link.mtu = static_cast<std::uint32_t>(*mtu);
    } else {
      notes.warn(place, std::format("mtu {} is not between {} and {}, ignoring it", *mtu, kMtuMin,
                                    kMtuMax));
    }
  }
  network.links.push_back(std::move(link));
}

void Reader::read_network(const json::value& value) {
  if (!value.is_object()) return notes.warn(where, "a network is not an object, ignoring");
  const auto& object = value.get_object();
  const auto place = at("network", text_at(object, "id"));
  const auto id = text_at(object, "link");
  const auto link = std::ranges::find(network.links, id, &Link::id);
  if (link == network.links.end()) {
    if (!std::ranges::contains(skipped, id))
      notes.warn(place, std::format("names the link {}, which is not listed, ignoring", quote(id)));
    return;
  }
  if (!read_type(object, place, *link)) return;
  read_routes(object, place, *link);
  read_dns(array_at(object, "services"), place, link->dns);
}

bool Reader::read_type(const json::object& object, const std::string& place, Link& link) {
  const auto type = text_at(object, "type");
  if (type == "ipv6_slaac" || type == "ipv6_dhcpv6-stateless") {
    link.accept_ra = true;
  } else if (type.starts_with("ipv4_dhcp") || type == "dhcp4") {
    link.dhcp4 = true;
  } else if (type.starts_with("ipv6_dhcp") || type == "dhcp6") {
    link.dhcp6 = true;
    link.accept_ra = true;  // the router says whether DHCPv6 is to be asked
  } else if (type == "ipv4" || type == "ipv6") {
    read_address(object, place, link);
    if (type == "ipv6" && !link.accept_ra) link.accept_ra = false;
  } else {
    notes.warn(
        place,
        std::format("type {} is unknown, ignoring: known are ipv4, ipv4_dhcp, ipv6, ipv6_dhcp, "
                    "ipv6_slaac, ipv6_dhcpv6-stateful and ipv6_dhcpv6-stateless",
                    quote(type)));
    return false;
  }
  return true;
}

void Reader::read_address(const json::object& object, const std::string& place, Link& link) {
  const auto text = text_at(object, "ip_address");
  auto mask = text_at(object, "netmask");
  if (mask.empty()) {
    if (const auto length = number_at(object, "netmask")) mask = std::to_string(*length);
  }
  const auto address = parse_link_address(text, mask);
  if (!address) {
    notes.error(
        place,
        std::format("ip_address {} with netmask {} is not an address, so this one is not set",
                    quote(text), quote(mask)));
    return;
  }
  if (mask.empty() && !text.contains('/'))
    notes.warn(place, std::format("has no netmask: {} is taken as one host", text));
  if (!std::ranges::contains(link.addresses, *address)) link.addresses.push_back(*address);
  // Older platforms give the gateway here instead of a route.
  if (const auto gateway = parse_address(text_at(object, "gateway")))
    link.routes.push_back({.to = make_prefix({.family = gateway->family}, 0), .via = gateway});
}

void Reader::read_routes(const json::object& object, const std::string& place, Link& link) {
  for (const auto& value : array_at(object, "routes")) {
    const auto* route = value.if_object();
    if (route == nullptr) {
      notes.warn(place, "a route is not an object, ignoring");
      continue;
    }
    const auto to = text_at(*route, "network");
    const auto mask = text_at(*route, "netmask");
    const auto via = parse_address(text_at(*route, "gateway"));
    const auto network_part = parse_link_address(to, mask);
    if (!network_part || !via || via->family != network_part->address.family) {
      notes.warn(place, std::format("route to {} netmask {} by {} is not understood, ignoring",
                                    quote(to), quote(mask), quote(text_at(*route, "gateway"))));
      continue;
    }
    const Route parsed{.to = make_prefix(network_part->address, network_part->length), .via = via};
    if (!std::ranges::contains(link.routes, parsed)) link.routes.push_back(parsed);
  }
}

void Reader::read_dns(const json::array& services, const std::string& place,
                      std::vector<Address>& servers) {
  for (const auto& value : services) {
    const auto* service = value.if_object();
    if (service == nullptr || text_at(*service, "type") != "dns") {
      notes.warn(place, "a service that is not dns, ignoring");
      continue;
    }
    const auto text = text_at(*service, "address");
    const auto server = parse_address(text);
    if (!server) {
      notes.warn(place, std::format("DNS server {} is not an address, ignoring", quote(text)));
    } else if (!std::ranges::contains(servers, *server)) {
      servers.push_back(*server);
    }
  }
}

}  // namespace

std::optional<std::string> parse_mac(std::string_view text) {
  constexpr std::size_t kLength = 17;
  if (text.size() != kLength) return std::nullopt;
  std::string mac = to_lower(text);
  bool nonzero = false;
  for (std::size_t i = 0; i < kLength; i += 3) {
    const auto byte = parse_int<std::uint8_t>(std::string_view(mac).substr(i, 2), 16);
    if (!byte || (i == 0 && (*byte & 1U) != 0)) return std::nullopt;  // the low bit marks a group
    nonzero = nonzero || *byte != 0;
    if (i + 2 == kLength) break;
    if (mac[i + 2] != ':' && mac[i + 2] != '-') return std::nullopt;
    mac[i + 2] = ':';
  }
  if (!nonzero) return std::nullopt;
  return mac;
}

std::optional<std::uint8_t> parse_mask(std::string_view text, Family family) {
  const unsigned bits = family == Family::ipv4 ? 32 : 128;
  if (const auto length = parse_int<std::uint8_t>(text))
    return *length <= bits ? length : std::nullopt;
  const auto mask = parse_address(text);
  if (!mask || mask->family != family) return std::nullopt;
  unsigned length = 0;
  for (const auto byte : mask->bytes) length += static_cast<unsigned>(std::popcount(byte));
  Address ones{.family = family};
  ones.bytes.fill(0xff);
  if (family == Family::ipv4) std::fill(ones.bytes.begin() + 4, ones.bytes.end(), 0);
  // A mask with holes has the same count of ones but another place for them.
  if (make_prefix(ones, static_cast<std::uint8_t>(length)).network != *mask) return std::nullopt;
  return static_cast<std::uint8_t>(length);
}

std::optional<LinkAddress> parse_link_address(std::string_view address, std::string_view mask) {
  const auto slash = address.find('/');
  const auto parsed = parse_address(address.substr(0, slash));
  if (!parsed) return std::nullopt;
  if (slash != std::string_view::npos) mask = address.substr(slash + 1);
  if (mask.empty() && slash == std::string_view::npos)
    return LinkAddress{.address = *parsed, .length = static_cast<std::uint8_t>(parsed->bits())};
  const auto length = parse_mask(mask, parsed->family);
  if (!length) return std::nullopt;
  return LinkAddress{.address = *parsed, .length = *length};
}

std::optional<Network> parse_network_data(std::string_view text, const std::string& where,
                                          Notes& notes) {
  const auto root = parse_json_object(text, where, notes);
  if (!root) return std::nullopt;
  Reader reader{.where = where, .notes = notes};
  const auto& links = array_at(*root, "links");
  const auto& networks = array_at(*root, "networks");
  if (links.size() > kLinksMax || networks.size() > 4 * kLinksMax) {
    notes.error(where, std::format("lists {} links and {} networks; at most {} and {} are read",
                                   links.size(), networks.size(), kLinksMax, 4 * kLinksMax));
    return std::nullopt;
  }
  for (const auto& link : links) reader.read_link(link);
  for (const auto& network : networks) reader.read_network(network);
  std::vector<Address> servers;
  reader.read_dns(array_at(*root, "services"), where, servers);
  for (auto& link : reader.network.links) {
    if (link.dns.empty()) link.dns = servers;
  }
  return std::move(reader.network);
}

}  // namespace kgnode::firstboot
