/// Who may do what on the admin socket.
#include "agent/api/auth.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::api;

TEST_CASE("api auth: root and the two groups, by primary and supplementary membership") {
  constexpr gid_t kAdmins = 10;
  constexpr gid_t kReaders = 20;
  const AccessGroups both{kAdmins, kReaders};
  const struct {
    Credentials peer;
    AccessGroups groups;
    Privilege expected;
  } rows[] = {
      {{.uid = 0, .gid = 0}, both, Privilege::admin},
      {{.uid = 0, .gid = 0}, {}, Privilege::admin},
      {{.uid = 7, .gid = kAdmins}, both, Privilege::admin},
      {{.uid = 7, .gid = 7, .groups = {1, kAdmins}}, both, Privilege::admin},
      {{.uid = 7, .gid = kReaders, .groups = {kAdmins}}, both, Privilege::admin},
      {{.uid = 7, .gid = kReaders}, both, Privilege::read},
      {{.uid = 7, .gid = 7, .groups = {kReaders}}, both, Privilege::read},
      {{.uid = 7, .gid = 7, .groups = {1, 2}}, both, Privilege::none},
      // A root group without root's uid is nobody; so is everybody where the groups are not made.
      {{.uid = 7, .gid = 0, .groups = {0}}, both, Privilege::none},
      {{.uid = 7, .gid = kAdmins, .groups = {kReaders}}, {}, Privilege::none},
      {{.uid = 10, .gid = 7}, both, Privilege::none},
  };
  for (const auto& row : rows) {
    CAPTURE(row.peer.uid, row.peer.gid);
    CHECK(decide_privilege(row.peer, row.groups) == row.expected);
  }
}
