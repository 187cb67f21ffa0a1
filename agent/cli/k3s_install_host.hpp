#pragma once
/// What putting K3s' program in place does to a node. It blocks, and is a process of its own.
#include <string>

#include "agent/config/config.hpp"
#include "agent/k3s_lock.hpp"
#include "k3s/day2/install.hpp"
#include "k3s/day2/version.hpp"

namespace kgnode::cli {

class RealInstallHost final : public k3s::InstallHost {
 public:
  RealInstallHost(const config::Config& config, std::string source);

  Result<std::string> fetch(const std::string& sha256) override;
  Result<bool> swap(const std::string& sha256) override;
  Result<> swap_back() override;
  Result<bool> restart() override;
  Result<> wait_until_ready(const std::string& version) override;
  Result<> let_others() override;

 private:
  bool is_server() const { return config_.node.role == config::Role::control_plane; }
  std::string unit() const;
  std::string fresh() const { return program_ + ".new"; }
  std::string previous() const { return program_ + ".previous"; }
  Result<> get_source() const;
  Result<> check_versions(const k3s::Version& wanted) const;
  Result<> take_turn() const;
  bool gives_up() const;
  std::string trouble_of(const std::string& version) const;

  const config::Config& config_;
  std::string source_;
  std::string program_;  // the file itself, where kBinary is a link to it
  K3sApi api_;
  ClusterLock lock_{api_};
};

}  // namespace kgnode::cli
