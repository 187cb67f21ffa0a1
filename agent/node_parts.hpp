/// What the agent opens before it builds anything on it.
#pragma once

#include <chrono>
#include <string>

#include "agent/api/auth.hpp"
#include "agent/api/listen.hpp"
#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/core/oplog.hpp"
#include "agent/state/owned_file.hpp"
#include "agent/sys/disk_events.hpp"
#include "agent/sys/fd_set.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/nftables_real.hpp"
#include "agent/sys/watcher.hpp"

namespace kgnode {

/// All that can fail at start.
struct Opened {
  std::string boot_id;
  std::chrono::milliseconds start_of_init;
  core::Oplog oplog;
  state::OwnedFile owned;
  sys::RealNftables nftables;
  sys::NftablesWatch foreign_edits;
  sys::Watcher watcher;
  sys::FdSet log_sources;
  sys::DiskEvents disk_events;
  UniqueFd seat;
  UniqueFd outlet;
  UniqueFd socket;
  api::AccessGroups groups;
};

/// Errors: those of the first part that cannot be opened.
Result<Opened> open_parts(sys::Files& files, const Clock& clock);

}  // namespace kgnode
