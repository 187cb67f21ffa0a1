#pragma once
/// Would this packet pass? Interprets the same model that is compiled for the kernel; pure.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/config/config.hpp"
#include "hardening/firewall/model.hpp"

namespace kgnode::hardening::firewall {

enum class Ingress : std::uint8_t { outside, vrack, pods, loopback };
enum class Transport : std::uint8_t { tcp, udp, icmp_echo };

/// The first packet of a connection.
struct Packet {
  Address source;
  Address destination;
  Transport transport = Transport::tcp;
  std::uint16_t port = 0;  // destination; of TCP and UDP
  std::uint16_t source_port = 40000;
  Ingress ingress = Ingress::outside;
  bool local = true;         // for this host, before any translation
  bool to_pods = false;      // leaves over a pod interface
  bool translated = false;   // destination NAT will rewrite it
  bool reverse_path = true;  // the route back leads to where it came from
  bool operator==(const Packet&) const = default;
};

struct Explanation {
  bool pass = false;
  std::string rule;                // the one that decided last
  std::vector<std::string> trace;  // chains and rules that matched, in order
  bool operator==(const Explanation&) const = default;
};

Explanation explain(const Ruleset& rules, const Packet& packet);

/// Bans are no part of the rules; this puts one into its set, to be asked about with the rest.
void add_ban(Ruleset& rules, const Prefix& source, SourceBits bits);

/// "10.0.0.11:6443/tcp", "[2001:db8::1]:22/tcp", "10.0.0.11" (a ping).
struct Target {
  Address address;
  Transport transport = Transport::icmp_echo;
  std::uint16_t port = 0;
};
std::optional<Target> parse_target(std::string_view text);

/// Where such a packet comes in and goes, as the configured network has it: sources in the vRack
/// come over the vRack, pods over theirs, all others from outside. `own`: further addresses of this
/// host, as far as they are known; a destination from outside that belongs to no other part is
/// taken for one.
Packet make_packet(const config::Config& config, const Address& from, const Target& to,
                   std::span<const Address> own = {});

}  // namespace kgnode::hardening::firewall
