#pragma once
/// The instance's network as files for systemd-networkd. Pure.
#include <span>
#include <string>
#include <vector>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

inline constexpr std::string_view kNetworkdFolder = "/run/systemd/network";

struct OutFile {
  std::string path;
  std::string content;
  mode_t mode = 0644;
  std::string from;  // which document asked for it
  bool operator==(const OutFile&) const = default;
};

/// Which link of the network may install a default route, per family; nullptr: none.
struct DefaultRoutes {
  const Link* ipv4 = nullptr;
  const Link* ipv6 = nullptr;
};

/// A private link never gets one while another link could: see docs/domains/firstboot.md for the
/// order.
DefaultRoutes choose_default_routes(const Network& network, const std::optional<Prefix>& vrack);

struct NetworkContext {
  std::string from;             // the document, for headers and notes
  std::optional<Prefix> vrack;  // of the node's configuration, if known
  std::span<const PresentLink> present;
};

std::vector<OutFile> network_files(const Network& network, const NetworkContext& context,
                                   Notes& notes);

/// Nothing is known: DHCP and router advertisements on every Ethernet card, the first one
/// preferred.
std::vector<OutFile> fallback_files(std::span<const PresentLink> present);

/// Every file this part ever writes below kNetworkdFolder begins like this.
bool is_our_network_file(std::string_view name);

}  // namespace kgnode::firstboot
