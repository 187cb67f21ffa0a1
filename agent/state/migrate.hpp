#pragma once
/// The state of this node in the form that this version reads: brought forward after an update, and
/// back after a return to the version before.
#include <functional>
#include <span>
#include <string>

#include "agent/base/result.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::state {

/// Brings the files of a folder from version `from` to the next. It may be interrupted, and is then
/// run again on the old files.
struct Migration {
  unsigned from = 0;
  std::function<Result<>(sys::Files& files, const std::string& folder)> run;
};

/// In order, without a gap; the last one leads to what this version reads.
std::span<const Migration> migrations();

constexpr auto kStateFolder = "/var/lib/kgnode";
/// Where nothing has ever been migrated.
constexpr unsigned kFirstVersion = 1;

/// Before files are changed they are copied to "FOLDER/before-N", N being the version they come to;
/// a version that reads less takes that copy back, and what was there is kept as "FOLDER/newer-N".
/// The operations log and the record of updates have no version: they are only ever added to.
/// Returns what was done, in one line; empty: nothing had to be.
Result<std::string> bring_state(sys::Files& files, const std::string& folder,
                                std::span<const Migration> steps);

}  // namespace kgnode::state
