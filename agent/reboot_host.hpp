#pragma once
/// What a reboot does to node and cluster.
#include <chrono>
#include <string>

#include "agent/config/config.hpp"
#include "agent/k3s_lock.hpp"
#include "k3s/day2/reboot.hpp"

namespace kgnode {

class RealRebootHost final : public k3s::RebootHost {
 public:
  /// `notice`: before pods are moved; `within`: for them to move.
  RealRebootHost(const config::Config& config, std::chrono::seconds within)
      : node_(config.node.name),
        server_(config.node.role == config::Role::control_plane),
        api_(server_),
        notice_(config.health.drain_notice),
        within_(within) {}

  Result<bool> is_in_cluster() override;
  Result<std::string> why_not_stop() override;
  Result<std::string> take_lock() override;
  Result<> give_lock_back() override;
  Result<bool> cordon() override;
  Result<> uncordon() override;
  void wait_for_notice() override;
  Result<std::vector<k3s::Pod>> list_pods() override;
  Result<std::pair<int, std::string>> evict(const k3s::Pod& pod) override;
  bool wait_for_pods() override;
  Result<> reboot() override;

 private:
  std::string own_path() const { return "/api/v1/nodes/" + node_; }
  Result<std::string> see_node() const;
  Result<> patch_node(std::string body) const;
  Result<std::string> ask_servers_for_lock() const;

  std::string node_;
  bool server_;
  K3sApi api_;
  ClusterLock lock_{api_};
  std::chrono::seconds notice_;
  std::chrono::seconds within_;
  std::chrono::steady_clock::time_point end_{};  // of the drain, from its first wait on
};

}  // namespace kgnode
