#pragma once
/// The files that K3s' configuration names, and what it applies to the cluster by itself.
#include <string>
#include <string_view>

#include "agent/config/config.hpp"

namespace kgnode::k3s {

inline constexpr std::string_view kAdmissionFile = "/var/lib/rancher/k3s/server/psa.yaml";
inline constexpr std::string_view kAuditPolicyFile = "/var/lib/rancher/k3s/server/audit.yaml";
inline constexpr std::string_view kNetworkPoliciesFile =
    "/var/lib/rancher/k3s/server/manifests/kgnode-network-policies.yaml";

/// Pod Security by the configured level, and limits for events.
std::string render_admission(const config::K3s& k3s);
/// The same on every node: audit.yaml of this folder.
std::string render_audit_policy();
/// Into default, kube-public and kube-system nothing comes from outside, except to the packaged
/// parts that are there to be reached.
std::string render_network_policies(const config::K3s& k3s);

}  // namespace kgnode::k3s
