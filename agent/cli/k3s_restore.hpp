#pragma once
/// Verbs that bring a cluster back from a snapshot, as root on a server.
#include <string>

namespace kgnode::cli {

struct RestoreRequest {
  std::string snapshot;    // a name in K3s' folder, or a path
  std::string token_file;  // empty: the token that the server has
  bool dry_run = false;
  bool others_are_stopped = false;
};

/// On one server: it becomes the first of the cluster, with the snapshot's data. Goes on with a
/// restore that was cut off. 0 or 1.
int restore_cluster(const RestoreRequest& request);

struct RejoinRequest {
  std::string confirm;  // the name of this node
  bool hold = false;    // only stop K3s, and keep it so
};

/// On each other server: puts its database aside and has it join again. 0 or 1.
int rejoin_cluster(const RejoinRequest& request);

}  // namespace kgnode::cli
