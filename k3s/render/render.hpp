#pragma once
/// What K3s reads on this node, as files: a pure function of the configuration.
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/config/config.hpp"

namespace kgnode::k3s {

struct File {
  std::string path;
  mode_t mode = 0600;
  std::string text;
  bool operator==(const File&) const = default;
};

/// `resume`: this node has joined before, so that its own files say more than the token.
enum class Start : std::uint8_t { initialise, join, resume };

struct RenderInput {
  const config::Config& config;
  std::string interface;  // of the vRack address; empty: not known (offline)
  Start start = Start::join;
  std::string server;  // address to join, "10.0.0.11"; empty: none
};

// K3s waits four minutes for each that its configuration names: they are there before it starts.
// The agents' one is read at every start of a server; without it agents would need the servers'.
inline constexpr std::string_view kTokenFile = "/run/kgnode/k3s/token";
inline constexpr std::string_view kAgentTokenFile = "/run/kgnode/k3s/agent-token";
/// The API server would make it 0755; the hardening guide wants 0700 before the first start.
inline constexpr std::string_view kAuditLogFolder = "/var/lib/rancher/k3s/server/logs";
inline constexpr std::string_view kConfigFile = "/etc/rancher/k3s/config.yaml";
inline constexpr std::string_view kS3File = "/etc/rancher/k3s/config.yaml.d/50-s3.yaml";

/// No secret is in any of them.
std::vector<File> render(const RenderInput& input);

/// K3s takes the keys of object storage only from its configuration, hence a drop-in of their own.
/// Refused: a secret that is empty or not printable ASCII.
Result<File> render_s3(const config::S3& s3, std::string_view secret);

}  // namespace kgnode::k3s
