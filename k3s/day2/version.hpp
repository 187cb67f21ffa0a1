#pragma once
/// Versions of K3s, and which of them may follow on which.
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::k3s {

struct Version {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  unsigned build = 0;  // of K3s: 1 in v1.34.3+k3s1
  auto operator<=>(const Version&) const = default;
};
std::string to_string(const Version& version);
/// "v1.34.3+k3s1", also behind "k3s version " and before anything else, as `k3s --version` prints.
std::optional<Version> parse_version(std::string_view text);

/// Another server, by its address.
struct ServerVersion {
  std::string address;
  std::optional<Version> version;  // nullopt: it did not say
};

struct VersionCase {
  Version wanted;
  std::optional<Version> here;  // nullopt: there is no K3s yet
  bool server = false;
  bool joined = false;
  std::vector<ServerVersion> servers;  // all but this node
};

/// Empty: it may be installed. Servers are updated first, one after the other, without leaving a
/// minor version out and never back; workers follow and are never newer.
std::string why_not_version(const VersionCase& asked);

}  // namespace kgnode::k3s
