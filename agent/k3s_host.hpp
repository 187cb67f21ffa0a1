#pragma once
/// The node as the K3s domain asks for it.
#include "k3s/k3s.hpp"

namespace kgnode {

class K3sHost final : public k3s::Host {
 public:
  bool exists(const std::string& path) override;
  Result<std::string> interface_of(const Address& address) override;
  Result<bool> is_mounted(const std::string& path) override;
  std::string clock_trouble() override;
};

}  // namespace kgnode
