#pragma once
/// What a restore does to a node.
#include "agent/config/config.hpp"
#include "agent/sys/files.hpp"
#include "k3s/snapshot/restore_steps.hpp"

namespace kgnode::cli {

constexpr auto kDatabases = "/var/lib/rancher/k3s/server/db";

class RealRestoreHost final : public k3s::RestoreHost {
 public:
  RealRestoreHost(sys::Files& files, const config::Config& config)
      : files_(files), config_(config) {}

  Result<> stop() override;
  Result<> configure() override;
  Result<std::string> reset(const k3s::RestoreRecord& record) override;
  Result<std::vector<std::string>> list_databases() override;
  Result<std::string> move_database() override;
  Result<> start() override;
  Result<> wait_until_ready() override;

 private:
  sys::Files& files_;
  const config::Config& config_;
};

}  // namespace kgnode::cli
