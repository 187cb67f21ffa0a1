/// What the API server admits, and who may reach pods.
#include "k3s/render/policies.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <vector>

#include "k3s/render/settings.hpp"

namespace kgnode::k3s {
namespace {

std::vector<std::string> exempt_namespaces(const config::K3s& k3s) {
  std::vector<std::string> names = {"kube-system"};
  for (const auto& name : k3s.pod_security_exempt) {
    if (!std::ranges::contains(names, name)) names.push_back(name);
  }
  return names;
}

std::string policy(std::string_view name, std::string_view name_space, std::string_view spec) {
  return std::format(
      "---\n"
      "apiVersion: networking.k8s.io/v1\n"
      "kind: NetworkPolicy\n"
      "metadata:\n"
      "  name: {}\n"
      "  namespace: {}\n"
      "spec:\n"
      "{}"
      "  policyTypes: [Ingress]\n",
      name, name_space, spec);
}

/// One that selects every pod denies what no policy allows.
std::string only_from_within(std::string_view name_space) {
  return policy("kgnode-within-namespace", name_space,
                std::format("  podSelector: {{}}\n"
                            "  ingress:\n"
                            "    - from:\n"
                            "        - namespaceSelector:\n"
                            "            matchLabels:\n"
                            "              kubernetes.io/metadata.name: {}\n",
                            name_space));
}

/// A packaged part that must be reached from elsewhere; it runs in kube-system.
struct Opening {
  std::string_view part;  // as k3s.disable spells it
  std::string_view name;
  std::string_view spec;
};

constexpr std::array kOpenings = {
    Opening{.part = "coredns",
            .name = "kgnode-dns",
            .spec = "  podSelector:\n"
                    "    matchLabels:\n"
                    "      k8s-app: kube-dns\n"
                    "  ingress:\n"
                    "    - ports:\n"
                    "        - port: 53\n"
                    "          protocol: TCP\n"
                    "        - port: 53\n"
                    "          protocol: UDP\n"},
    Opening{.part = "metrics-server",
            .name = "kgnode-metrics-server",
            .spec = "  podSelector:\n"
                    "    matchLabels:\n"
                    "      k8s-app: metrics-server\n"
                    "  ingress:\n"
                    "    - {}\n"},
    // Its pods hold the host ports of every service of type LoadBalancer. The guide names
    // Traefik's alone, and those of other services would be cut off.
    Opening{.part = "servicelb",
            .name = "kgnode-servicelb",
            .spec = "  podSelector:\n"
                    "    matchExpressions:\n"
                    "      - key: svccontroller.k3s.cattle.io/svcname\n"
                    "        operator: Exists\n"
                    "  ingress:\n"
                    "    - {}\n"},
    Opening{.part = "traefik",
            .name = "kgnode-traefik",
            .spec = "  podSelector:\n"
                    "    matchLabels:\n"
                    "      app.kubernetes.io/name: traefik\n"
                    "  ingress:\n"
                    "    - {}\n"},
};

}  // namespace

std::string render_admission(const config::K3s& k3s) {
  std::string exempt;
  for (const auto& name : exempt_namespaces(k3s))
    exempt += std::format("          - {}\n", quote_yaml(name));
  // Audit and warning stay at the strictest level: they say what enforcing it would refuse.
  // Without limits of its own EventRateLimit keeps the API server from starting. They are far
  // above what a healthy cluster writes, and keep one namespace from filling the datastore.
  return std::format(
      "{}"
      "apiVersion: apiserver.config.k8s.io/v1\n"
      "kind: AdmissionConfiguration\n"
      "plugins:\n"
      "  - name: PodSecurity\n"
      "    configuration:\n"
      "      apiVersion: pod-security.admission.config.k8s.io/v1\n"
      "      kind: PodSecurityConfiguration\n"
      "      defaults:\n"
      "        enforce: {}\n"
      "        enforce-version: \"latest\"\n"
      "        audit: \"restricted\"\n"
      "        audit-version: \"latest\"\n"
      "        warn: \"restricted\"\n"
      "        warn-version: \"latest\"\n"
      "      exemptions:\n"
      "        usernames: []\n"
      "        runtimeClasses: []\n"
      "        namespaces:\n"
      "{}"
      "  - name: EventRateLimit\n"
      "    configuration:\n"
      "      apiVersion: eventratelimit.admission.k8s.io/v1alpha1\n"
      "      kind: Configuration\n"
      "      limits:\n"
      "        - type: Server\n"
      "          qps: 5000\n"
      "          burst: 20000\n"
      "        - type: Namespace\n"
      "          qps: 100\n"
      "          burst: 1000\n"
      "          cacheSize: 2000\n",
      kWrittenBy, quote_yaml(config::to_string(k3s.pod_security)), exempt);
}

std::string render_network_policies(const config::K3s& k3s) {
  std::string text(kWrittenBy);
  for (const std::string_view name_space : {"default", "kube-public", "kube-system"})
    text += only_from_within(name_space);
  for (const auto& opening : kOpenings) {
    if (!std::ranges::contains(k3s.disable, opening.part))
      text += policy(opening.name, "kube-system", opening.spec);
  }
  return text;
}

}  // namespace kgnode::k3s
