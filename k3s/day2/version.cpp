/// The rules by which versions of K3s follow each other (docs: upgrades/manual; Kubernetes: version
/// skew policy).
#include "k3s/day2/version.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

constexpr unsigned kKubeletBehind = 3;  // minor versions behind its servers

unsigned distance(unsigned a, unsigned b) { return a > b ? a - b : b - a; }

std::string why_not_here(const Version& wanted, const Version& here) {
  if (wanted < here)
    return std::format(
        "K3s {} is here, and {} is older: its data cannot go back; kgnode k3s restore brings a "
        "snapshot back that was taken before",
        to_string(here), to_string(wanted));
  if (wanted.major != here.major || wanted.minor > here.minor + 1)
    return std::format("from {} to {} a minor version is left out: install a {}.{} first",
                       to_string(here), to_string(wanted), here.major, here.minor + 1);
  return {};
}

std::string why_not_beside(const VersionCase& asked, const ServerVersion& other) {
  const auto& wanted = asked.wanted;
  if (!other.version) {
    // The quorum of etcd is asked about servers; and a node that is in no cluster knows none.
    if (asked.server || !asked.joined) return {};
    return std::format("which version the server {} has cannot be told: kgnode k3s status there",
                       other.address);
  }
  const auto& version = *other.version;
  const auto both = std::format("the server {} has {}", other.address, to_string(version));
  if (wanted.major != version.major) return both;
  if (asked.server) {
    if (distance(wanted.minor, version.minor) <= 1) return {};
    return std::format("{}, and servers may be one minor version apart: update that one first",
                       both);
  }
  if (wanted > version)
    return std::format("{}, and no worker may be newer than a server: update the servers first",
                       both);
  if (version.minor - wanted.minor <= kKubeletBehind) return {};
  return std::format("{}, and a worker may be at most {} minor versions older", both,
                     kKubeletBehind);
}

}  // namespace

std::string to_string(const Version& version) {
  return std::format("v{}.{}.{}+k3s{}", version.major, version.minor, version.patch, version.build);
}

std::optional<Version> parse_version(std::string_view text) {
  constexpr std::string_view kBefore = "k3s version ";
  if (text.starts_with(kBefore)) text.remove_prefix(kBefore.size());
  text = text.substr(0, text.find_first_of(" \n"));
  constexpr std::string_view kBuild = "+k3s";
  const auto plus = text.find(kBuild);
  if (!text.starts_with('v') || plus == std::string_view::npos) return std::nullopt;
  const auto parts = split(text.substr(1, plus - 1), '.');
  if (parts.size() != 3) return std::nullopt;
  const auto major = parse_int<unsigned>(parts[0]);
  const auto minor = parse_int<unsigned>(parts[1]);
  const auto patch = parse_int<unsigned>(parts[2]);
  const auto build = parse_int<unsigned>(text.substr(plus + kBuild.size()));
  if (!major || !minor || !patch || !build) return std::nullopt;
  return Version{.major = *major, .minor = *minor, .patch = *patch, .build = *build};
}

std::string why_not_version(const VersionCase& asked) {
  if (asked.here) {
    if (auto why = why_not_here(asked.wanted, *asked.here); !why.empty()) return why;
  }
  for (const auto& other : asked.servers) {
    if (auto why = why_not_beside(asked, other); !why.empty()) return why;
  }
  return {};
}

}  // namespace kgnode::k3s
