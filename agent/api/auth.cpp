/// Who may do what on the admin socket.
#include "agent/api/auth.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::api {
namespace {

// NGROUPS_MAX is 65536; who is in more than this is refused with an error rather than half looked
// at.
constexpr std::size_t kMaxGroups = 1024;
// Largest entry of passwd or group that is read; _SC_GETGR_R_SIZE_MAX is only a hint.
constexpr std::size_t kEntryBytes = 65536;

bool is_member(const Credentials& peer, std::optional<gid_t> group) {
  return group && (peer.gid == *group || std::ranges::contains(peer.groups, *group));
}

Result<std::optional<gid_t>> read_group(const char* name) {
  std::vector<char> buffer(kEntryBytes);
  group entry{};
  group* found = nullptr;
  const int err = ::getgrnam_r(name, &entry, buffer.data(), buffer.size(), &found);
  // Some name services say "not there" with an error (getgrnam_r(3), NOTES).
  const bool absent = err == ENOENT || err == ESRCH || err == EBADF || err == EPERM;
  if (err != 0 && !absent)
    return fail(Error::from_errno(std::format("look up group {}", quote(name)), err));
  return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

// Empty when there is none. The users of a node are in /etc/passwd, so this does not wait.
std::string read_user_name(uid_t uid) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return printable(found->pw_name);
}

}  // namespace

Privilege decide_privilege(const Credentials& peer, const AccessGroups& groups) {
  if (peer.uid == 0 || is_member(peer, groups.admin)) return Privilege::admin;
  return is_member(peer, groups.read) ? Privilege::read : Privilege::none;
}

Result<Credentials> read_credentials(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail(Error::from_errno("read the peer's credentials"));
  std::array<gid_t, kMaxGroups> groups{};
  size = sizeof groups;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0)
    return fail(Error::from_errno("read the peer's groups"));
  return Credentials{.uid = peer.uid,
                     .gid = peer.gid,
                     .pid = peer.pid,
                     .groups{groups.begin(), groups.begin() + size / sizeof(gid_t)}};
}

Result<AccessGroups> read_access_groups() {
  const auto admin = TRY(read_group(kAdminGroup));
  const auto read = TRY(read_group(kReadGroup));
  return AccessGroups{admin, read};
}

Result<Peer> read_peer(int fd, const AccessGroups& groups) {
  const Credentials peer = TRY(read_credentials(fd));
  const Privilege privilege = decide_privilege(peer, groups);
  // A stranger gets no look-up: he could make us do one for every connection.
  std::string name = privilege == Privilege::none ? "" : read_user_name(peer.uid);
  return Peer{peer.uid, peer.gid, peer.pid, std::move(name), privilege};
}

ApiError no_access(const Peer& peer) {
  return {403, std::format("user id {} may not use the admin socket: that takes root or a member "
                           "of group \"{}\" (read) or \"{}\" (change)",
                           peer.uid, kReadGroup, kAdminGroup)};
}

}  // namespace kgnode::api
