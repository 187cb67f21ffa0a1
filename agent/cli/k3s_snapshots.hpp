#pragma once
/// Verbs about snapshots of etcd, as root on a server or, where said, offline.
#include <string>

namespace kgnode::cli {

/// Which there are, how old and how large, proven or why not. 0 or 1.
int list_snapshots(bool json);
/// Takes one and has it read at once. 0: it can be restored.
int take_snapshot(bool json);

/// A pair of keys for the operator: prints the public one, writes the other to a new file. Offline.
int make_snapshot_key(const std::string& out);
/// The server token out of a file that was sealed with it. Offline.
int open_token(const std::string& file, const std::string& key_file);

}  // namespace kgnode::cli
