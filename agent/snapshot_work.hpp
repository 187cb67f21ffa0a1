#pragma once
/// Opens and reads snapshots of etcd, and seals the server token for the operator. Not part of the
/// agent's loop: it blocks, and is a process of its own.
#include <vector>

#include "agent/base/result.hpp"
#include "k3s/snapshot/book.hpp"

namespace kgnode {

constexpr auto kSnapshotUnit = "kgnode-snapshot.service";

/// The files in K3s' folder that are snapshots by their name. No such folder: none.
Result<std::vector<k3s::SnapshotFile>> list_snapshot_files();
/// One, opened and read; what cannot be read is damaged.
k3s::Rehearsal rehearse(const k3s::SnapshotFile& file);

/// Looks at all that is due and writes what it found. The exit code.
int run_snapshot_work();

}  // namespace kgnode
