/// The configuration and the profile become wanted values.
#include "agent/base/text.hpp"
#include "hardening/sysctl/profile.hpp"
#include "hardening/sysctl/sysctl.hpp"

namespace kgnode::hardening {
namespace {

/// As the kernel prints lists: one blank between words.
std::string normal(std::string_view value) {
  std::string text;
  for (const auto word : split_words(value)) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

bool applies(SysctlWhen when, const config::Config& config) {
  const bool ipv6 = config.k3s.cluster_cidr.network.family == Family::ipv6;
  return when == SysctlWhen::always || (when == SysctlWhen::ipv6_pods) == ipv6;
}

}  // namespace

Sysctl::Desired Sysctl::desired(const config::Config& config) {
  Desired want;
  for (const auto& row : sysctl_profile()) {
    if (applies(row.when, config))
      want.settings[row.key] = {row.value, row.ids, row.reason, row.conflict};
  }
  for (const auto& [key, value] : config.kernel.sysctl)
    want.settings[key] = {normal(value), "node.toml", "set by the operator under [kernel.sysctl]"};
  return want;
}

}  // namespace kgnode::hardening
