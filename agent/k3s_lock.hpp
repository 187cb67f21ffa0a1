#pragma once
/// The lock of the cluster, as a server takes it for itself and for workers.
#include <optional>
#include <string>

#include "agent/k3s_api.hpp"
#include "k3s/day2/lock.hpp"

namespace kgnode {

class ClusterLock {
 public:
  explicit ClusterLock(const K3sApi& api) : api_(api) {}

  k3s::LockSeen see() const;
  /// Who has it afterwards.
  Result<std::string> take(const std::string& node) const;
  /// Nothing when somebody else has it.
  Result<> give_back(const std::string& node) const;
  Result<> carry_out(const k3s::LockMove& move) const;

 private:
  Result<std::optional<k3s::Lock>> read() const;
  /// The Node afterwards.
  Result<std::string> patch(const std::string& node, std::string body) const;
  Result<> grant(const std::string& node) const;

  const K3sApi& api_;
};

}  // namespace kgnode
