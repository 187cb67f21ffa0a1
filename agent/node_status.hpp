#pragma once
/// Which phase the node is in, and why: a pure answer from what the parts report.
#include <chrono>
#include <string>
#include <vector>

#include "agent/core/reconciler.hpp"
#include "k3s/k3s.hpp"

namespace kgnode {

/// cloud-init has a slow network to wait for before it writes files; more than this is a failure.
inline constexpr std::chrono::seconds kCloudInitWait{120};

struct PhaseReport {
  std::string phase;   // booting, hardened, joining, ready, degraded, maintenance
  std::string reason;  // empty for hardened and ready
  bool operator==(const PhaseReport&) const = default;
};

/// cloud-init as the one who writes node.toml.
struct CloudInit {
  bool rules = false;              // first boot stepped aside for it
  bool ended = false;              // it has done all it will do in this boot
  std::chrono::seconds waited{0};  // since the agent started
};

struct PhaseInput {
  enum class Config : std::uint8_t { absent, broken, in_force };
  Config config = Config::absent;
  CloudInit cloud_init;
  std::string first_boot;  // its first error; empty: it had none
  std::string trouble;     // of the configuration; empty: none
  k3s::Progress k3s;
};

PhaseReport phase_of(const PhaseInput& input, const std::vector<core::ModuleState>& states);

}  // namespace kgnode
