/// Who is never banned, and why.
#include "hardening/ban/never.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace kgnode::hardening::ban {
namespace {

struct Fixed {
  std::string_view network;
  std::string_view reason;
};
constexpr std::array kFixed = {
    Fixed{"127.0.0.0/8", "loopback"},      Fixed{"::1", "loopback"},
    Fixed{"169.254.0.0/16", "link-local"}, Fixed{"fe80::/10", "link-local"},
    Fixed{"0.0.0.0/8", "this network"},    Fixed{"::", "the unspecified address"},
    Fixed{"224.0.0.0/4", "multicast"},     Fixed{"ff00::/8", "multicast"},
    Fixed{"255.255.255.255", "broadcast"},
};

class Builder {
 public:
  void add(const Prefix& network, std::string_view reason) {
    if (network.length > 0) list_.push_back({.network = network, .reason = std::string(reason)});
  }
  void add(const std::vector<Prefix>& networks, std::string_view reason) {
    for (const auto& network : networks) add(network, reason);
  }
  void add(const std::vector<Address>& addresses, std::string_view reason) {
    for (const auto& address : addresses) add(make_host_prefix(address), reason);
  }
  std::vector<Never> take() { return std::move(list_); }

 private:
  std::vector<Never> list_;
};

}  // namespace

std::vector<Never> make_never_list(const config::Config& config, const std::vector<Address>& own) {
  Builder list;
  for (const auto& [network, reason] : kFixed)
    list.add(parse_prefix(network).value_or(Prefix{}), reason);
  list.add(own, "an address of this node");
  list.add(config.network.vrack, "the vRack");
  list.add(config.k3s.cluster_cidr, "pods");
  list.add(config.k3s.service_cidr, "services");
  list.add(config.k3s.servers, "k3s.servers");
  list.add(config.firewall.load_balancer, "firewall.load_balancer");
  list.add(config.admin.from, "admin.from");
  list.add(config.ban.never, "ban.never");
  return list.take();
}

const Never* find_never(const std::vector<Never>& list, const Prefix& source) {
  const auto found = std::ranges::find_if(list, [&source](const Never& entry) {
    return entry.network.contains(source) || source.contains(entry.network);
  });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace kgnode::hardening::ban
