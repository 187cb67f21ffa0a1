/// The instance's network as files for systemd-networkd.
#include "agent/firstboot/networkd.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::firstboot {
namespace {

constexpr std::uint32_t kOrdinaryMtu = 1500;
constexpr std::uint32_t kDhcpMetric = 1024;  // networkd's own default

bool is_default(const Route& route) { return route.to.length == 0; }

bool has_default(const Link& link, Family family) {
  return std::ranges::any_of(link.routes, [family](const Route& route) {
    return is_default(route) && route.to.network.family == family;
  });
}

bool is_private_address(const Address& address) {
  static constexpr std::array<std::string_view, 5> kPrivate{
      "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"};
  return std::ranges::any_of(kPrivate, [&address](std::string_view text) {
    const auto prefix = parse_prefix(text);
    return prefix && prefix->contains(address);
  });
}

bool owns_address_in(const Link& link, const std::optional<Prefix>& prefix) {
  return prefix && std::ranges::any_of(link.addresses, [&prefix](const LinkAddress& own) {
           return prefix->contains(own.address);
         });
}

/// How much speaks for the Internet side. OVH names its public network "bgpovs" and gives private
/// ones 9000 bytes.
int publicness(const Link& link, const std::optional<Prefix>& vrack) {
  if (owns_address_in(link, vrack)) return -3;
  int score = link.type == "bgpovs" ? 4 : 0;
  if (std::ranges::any_of(link.addresses, [](const LinkAddress& own) {
        return !is_private_address(own.address);
      })) {
    score += 2;
  } else if (!link.addresses.empty()) {
    score -= 2;
  }
  if (link.mtu.value_or(kOrdinaryMtu) > kOrdinaryMtu) score -= 1;
  return score;
}

/// The first of the highest score among those that offer a default route.
template <class Offers>
const Link* best(const Network& network, const std::optional<Prefix>& vrack, Offers offers) {
  const Link* chosen = nullptr;
  for (const auto& link : network.links) {
    if (!offers(link)) continue;
    if (chosen == nullptr || publicness(link, vrack) > publicness(*chosen, vrack)) chosen = &link;
  }
  return chosen;
}

std::string header(std::string_view from) {
  return std::format("# Written by kgnode firstboot from {}; written again at every boot.\n", from);
}

bool reaches(const Link& link, const Address& gateway) {
  return std::ranges::any_of(link.addresses, [&gateway](const LinkAddress& own) {
    return make_prefix(own.address, own.length).contains(gateway);
  });
}

bool is_link_local(const Address& address) {
  return address.family == Family::ipv6 && address.bytes[0] == 0xfe &&
         (address.bytes[1] & 0xc0U) == 0x80;
}

std::string prefix_text(const Prefix& prefix) {
  return std::format("{}/{}", to_string(prefix.network), prefix.length);
}

// With no prefix that holds the gateway (OVH's /32 and /128) the kernel must be told that it is on
// the link.
std::string route_text(const Route& route, const Link& link) {
  std::string text = std::format("\n[Route]\nDestination={}\n", prefix_text(route.to));
  if (route.via) {
    text += std::format("Gateway={}\n", to_string(*route.via));
    if (!reaches(link, *route.via) && !is_link_local(*route.via)) text += "GatewayOnLink=yes\n";
  }
  if (route.metric) text += std::format("Metric={}\n", *route.metric);
  return text;
}

struct Rights {
  bool default4 = false;
  bool default6 = false;
  bool may(const Route& route) const {
    return !is_default(route) || (route.to.network.family == Family::ipv4 ? default4 : default6);
  }
};

std::string_view yes_no(bool value) { return value ? "yes" : "no"; }

std::string link_section(const Link& link, const Rights& rights) {
  // Waiting for a private DHCP server would hold up every boot of a network that has none.
  const bool required =
      !link.addresses.empty() || (link.dhcp4 && rights.default4) || (link.dhcp6 && rights.default6);
  std::string text = "\n[Link]\n";
  if (link.mtu) text += std::format("MTUBytes={}\n", *link.mtu);
  text += std::format("RequiredForOnline={}\n", required ? "routable" : "no");
  return text;
}

std::string network_section(const Link& link) {
  std::string text = "\n[Network]\n";
  if (link.dhcp4 || link.dhcp6) {
    text += std::format("DHCP={}\n", link.dhcp4 && link.dhcp6 ? "yes"
                                     : link.dhcp4             ? "ipv4"
                                                              : "ipv6");
  }
  text += std::format("LinkLocalAddressing=ipv6\nIPv6AcceptRA={}\n",
                      yes_no(link.accept_ra.value_or(false)));
  // K3s and etcd are bound to it, and a cable that is out for seconds must not take it from them.
  if (!link.addresses.empty()) text += "IgnoreCarrierLoss=yes\n";
  for (const auto& server : link.dns) text += std::format("DNS={}\n", to_string(server));
  if (!link.search.empty()) text += std::format("Domains={}\n", join(link.search, " "));
  return text;
}

std::string link_file(const Link& link, const Rights& rights, std::string_view from) {
  std::string text = header(from);
  // A bridge or VLAN on top may carry the same MAC; Type= leaves those out.
  text += link.mac.empty() ? std::format("\n[Match]\nName={}\n", link.name)
                           : std::format("\n[Match]\nMACAddress={}\nType=ether\n", link.mac);
  text += link_section(link, rights) + network_section(link);
  for (const auto& own : link.addresses)
    text += std::format("\n[Address]\nAddress={}/{}\n", to_string(own.address), own.length);
  for (const auto& route : link.routes) {
    if (rights.may(route)) text += route_text(route, link);
  }
  // Neutron's DHCP server sends the default route a second time as a classless static route.
  if (link.dhcp4 && !rights.default4) text += "\n[DHCPv4]\nUseGateway=no\nUseRoutes=no\n";
  if (link.accept_ra.value_or(false) && !rights.default6)
    text += "\n[IPv6AcceptRA]\nUseGateway=no\n";
  return text;
}

std::string file_name(std::string_view id, std::size_t index) {
  std::string name;
  for (const char c : id.substr(0, 32)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '-';
  }
  return std::format("10-kgnode-{}-{}.network", index, name.empty() ? "link" : name);
}

bool is_there(const Link& link, std::span<const PresentLink> present) {
  return std::ranges::any_of(present, [&link](const PresentLink& own) {
    return link.mac.empty() ? own.name == link.name : own.mac == link.mac;
  });
}

void note_link(const Link& link, const Rights& rights, const NetworkContext& context,
               Notes& notes) {
  const auto place = std::format("{}: link {}", context.from, quote(link.id));
  if (!is_there(link, context.present)) {
    notes.warn(
        place,
        std::format("no card {} here; the others are set up, and this one will be when it comes",
                    link.mac.empty() ? link.name : "with MAC " + link.mac));
  }
  if (link.addresses.empty() && !link.dhcp4 && !link.dhcp6 && !link.accept_ra.value_or(false)) {
    notes.warn(
        place,
        "has no network, so it gets no address: switch DHCP on for it or give it a fixed address");
  }
  if (link.dhcp4 && !rights.default4) {
    notes.warn(
        place,
        "its DHCP server may offer a default route; another link has it, so it is not taken");
  }
  for (const auto& route : link.routes) {
    if (!rights.may(route)) {
      notes.warn(place, std::format("its default route by {} is not set: another link has it",
                                    route.via ? to_string(*route.via) : "the link"));
    }
  }
}

OutFile unlisted_file(const PresentLink& link, std::size_t index, const NetworkContext& context,
                      Notes& notes) {
  notes.warn(
      context.from,
      std::format("the card {} with MAC {} is not listed: it gets no address but a link-local one; "
                  "to use it, add a file to /etc/systemd/network",
                  link.name, link.mac));
  return {.path = std::format("{}/80-kgnode-{}-unlisted.network", kNetworkdFolder, index),
          .content = header(context.from) +
                     std::format("\n[Match]\nMACAddress={}\nType=ether\n", link.mac) +
                     "\n[Link]\nRequiredForOnline=no\n\n[Network]\nLinkLocalAddressing="
                     "ipv6\nIPv6AcceptRA=no\n",
          .from = context.from};
}

std::string fallback_text(std::string_view match, std::uint32_t metric) {
  return header("no first-boot data: DHCP on every card") +
         std::format(
             "\n[Match]\n{}\n\n[Network]\nDHCP=yes\nLinkLocalAddressing=ipv6\nIPv6AcceptRA=yes\n"
             "\n[DHCPv4]\nRouteMetric={}\n\n[IPv6AcceptRA]\nRouteMetric={}\n",
             match, metric, metric);
}

}  // namespace

DefaultRoutes choose_default_routes(const Network& network, const std::optional<Prefix>& vrack) {
  return {.ipv4 = best(network, vrack,
                       [](const Link& link) {
                         return has_default(link, Family::ipv4) ||
                                (link.dhcp4 && link.dhcp_routes.value_or(true));
                       }),
          .ipv6 = best(network, vrack, [](const Link& link) {
            return has_default(link, Family::ipv6) || link.accept_ra.value_or(false);
          })};
}

std::vector<OutFile> network_files(const Network& network, const NetworkContext& context,
                                   Notes& notes) {
  std::vector<OutFile> files;
  const auto defaults = choose_default_routes(network, context.vrack);
  for (const auto& link : network.links) {
    Rights rights{.default4 = defaults.ipv4 == &link, .default6 = defaults.ipv6 == &link};
    if (network.told) {
      rights.default4 =
          rights.default4 || has_default(link, Family::ipv4) || link.dhcp_routes.value_or(false);
      rights.default6 = rights.default6 || has_default(link, Family::ipv6);
    }
    note_link(link, rights, context, notes);
    files.push_back(
        {.path = std::format("{}/{}", kNetworkdFolder, file_name(link.id, files.size())),
         .content = link_file(link, rights, context.from),
         .from = context.from});
  }
  const auto listed = files.size();
  for (const auto& own : context.present) {
    const bool known = std::ranges::any_of(network.links, [&own](const Link& link) {
      return link.mac.empty() ? own.name == link.name : own.mac == link.mac;
    });
    if (!known) files.push_back(unlisted_file(own, files.size() - listed, context, notes));
  }
  return files;
}

std::vector<OutFile> fallback_files(std::span<const PresentLink> present) {
  std::vector<OutFile> files;
  const auto add = [&files](std::string_view name, std::string_view match, std::uint32_t metric) {
    files.push_back({.path = std::format("{}/{}", kNetworkdFolder, name),
                     .content = fallback_text(match, metric),
                     .from = "fallback"});
  };
  // Two servers may each offer a default route: the first card's wins, and it is always the same
  // one.
  for (std::size_t i = 0; i < present.size(); ++i) {
    add(std::format("70-kgnode-{}-fallback.network", i),
        std::format("MACAddress={}\nType=ether", present[i].mac),
        kDhcpMetric + static_cast<std::uint32_t>(i));
  }
  // Cards that come later; containers' own links are called otherwise.
  add("75-kgnode-fallback.network", "Type=ether\nName=en* eth* host0",
      kDhcpMetric + static_cast<std::uint32_t>(present.size()));
  return files;
}

bool is_our_network_file(std::string_view name) {
  return name.contains("-kgnode-") && name.ends_with(".network");
}

}  // namespace kgnode::firstboot
