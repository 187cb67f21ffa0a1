#pragma once
/// Who may do what on the admin socket: the peer's credentials, decided by two groups.
#include <optional>
#include <vector>

#include "agent/api/node_api.hpp"
#include "agent/base/result.hpp"

namespace kgnode::api {

inline constexpr const char* kAdminGroup = "kgnode-admin";
inline constexpr const char* kReadGroup = "kgnode";

/// As they were when the peer connected; what it becomes later does not count.
struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  // supplementary
};

/// Absent: there is no such group on this node, so nobody is in it.
struct AccessGroups {
  std::optional<gid_t> admin;
  std::optional<gid_t> read;
};

Privilege decide_privilege(const Credentials& peer, const AccessGroups& groups);

/// SO_PEERCRED and SO_PEERGROUPS (Linux 4.13) of a connected unix socket.
Result<Credentials> read_credentials(int fd);
Result<AccessGroups> read_access_groups();
/// Credentials, privilege and user name of a connection.
Result<Peer> read_peer(int fd, const AccessGroups& groups);

ApiError no_access(const Peer& peer);

}  // namespace kgnode::api
