#pragma once
/// Commit-confirm: the way back, on disk before anything changes, and what it means after a crash.
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "agent/base/result.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::state {

/// Time since boot including sleep (CLOCK_BOOTTIME): a stepped wall clock cannot move a deadline.
using BootTime = std::chrono::milliseconds;

struct Pending {
  std::string previous;     // text of the old node.toml
  std::string wanted_hash;  // of the new node.toml
  std::string boot_id;
  BootTime deadline{0};
  uid_t by = 0;
  bool operator==(const Pending&) const = default;
};

/// This moment of this machine.
struct Moment {
  std::string boot_id;
  BootTime now{0};
};

/// `stale`: node.toml is not the pending one, so either the change never began or it is back
/// already.
enum class Verdict : std::uint8_t { wait, revert, stale };

/// Unconfirmed changes do not outlive a reboot.
Verdict judge(const Pending& pending, const std::string& hash_in_force, const Moment& moment);

/// The record in /var/lib/kgnode/pending.json (0600: the old configuration may hold secrets).
class PendingFile {
 public:
  PendingFile(sys::Files& files, std::string path) : files_(files), path_(std::move(path)) {}
  Result<std::optional<Pending>> load();
  Result<> save(const Pending& pending);
  Result<> clear();

 private:
  sys::Files& files_;
  std::string path_;
};

/// SHA-256, hexadecimal: what sha256sum(1) says of the file.
std::string hash_text(std::string_view text);

}  // namespace kgnode::state
