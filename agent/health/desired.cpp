/// Of the configuration: our address, who may listen, where space matters.
#include <array>

#include "agent/health/health.hpp"

namespace kgnode::health {
namespace {

using enum Protocol;

// The table of ports of the firewall, and what asks for an address.
constexpr std::array kEverywhere = {PortRange{tcp, 22, 22}, PortRange{tcp, 10250, 10250},
                                    PortRange{tcp, 9180, 9180}, PortRange{udp, 9181, 9181},
                                    PortRange{udp, 68, 68}, PortRange{udp, 546, 546},
                                    // A client's own port, which is no service.
                                    PortRange{udp, 32768, 65535}};
constexpr std::array kControlPlane = {PortRange{tcp, 6443, 6443}, PortRange{tcp, 2379, 2380}};
constexpr std::array kNodePortIngress = {PortRange{tcp, 30080, 30080},
                                         PortRange{tcp, 30443, 30443}};
constexpr std::array kHostPortIngress = {PortRange{tcp, 80, 80}, PortRange{tcp, 443, 443}};

std::vector<PortRange> ports_of(const config::Config& config) {
  std::vector<PortRange> ports(kEverywhere.begin(), kEverywhere.end());
  const auto add = [&ports](const auto& more) {
    ports.insert(ports.end(), more.begin(), more.end());
  };
  ports.push_back(config.k3s.overlay == config::Overlay::vxlan ? PortRange{udp, 8472, 8472}
                                                               : PortRange{udp, 51820, 51821});
  if (config.node.role == config::Role::control_plane) add(kControlPlane);
  if (config.firewall.ingress == config::Ingress::host_port) add(kHostPortIngress);
  if (config.firewall.ingress == config::Ingress::node_port) add(kNodePortIngress);
  for (const auto* list : {&config.firewall.allow, &config.firewall.node_ports}) {
    for (const auto& allow : *list) ports.push_back(allow.ports);
  }
  return ports;
}

}  // namespace

Health::Desired Health::desired(const config::Config& config) {
  return {.expected = {.address = config.network.address, .ports = ports_of(config)},
          .mounts = {"/", "/var", "/var/lib/longhorn", "/var/lib/rancher"},
          .request_counter = config.health.request_counter,
          .grid_intensity = config.health.grid_intensity};
}

}  // namespace kgnode::health
