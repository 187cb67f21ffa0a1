#pragma once
/// The table of everything else that auditors ask of files, mounts and services.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::hardening {

enum class BaselineKind : std::uint8_t {
  text,       // a file with just this text
  blank,      // a line "KEY VALUE"
  equals,     // a line "KEY=VALUE"
  spaced,     // a line "KEY = VALUE"
  flag,       // a line "KEY"
  mode,       // no more rights than these, and these owners
  seen_mode,  // the same where the agent may not change it
  absent,     // no such file
  mount,      // a mount point with these options; only looked at
  no_unit,    // no such unit, or a masked one; only looked at
  deviates,   // this node does otherwise, and says why
};

struct BaselineRow {
  BaselineKind kind = BaselineKind::text;
  std::string subject;
  std::string key;
  std::string value;  // of `text` with its line ends
  std::string needs;  // a path without which the row is about nothing, or "-"
  std::string ids;
  std::string reason;
  std::string conflict;  // "-": none
};

struct FileMode {
  unsigned mode = 0;
  unsigned uid = 0;
  std::vector<unsigned> gids;  // any of them
};

Result<std::vector<BaselineRow>> parse_baseline_profile(std::string_view table);
/// The table in the binary.
const std::vector<BaselineRow>& baseline_profile();

/// "0640 root:shadow".
Result<FileMode> parse_file_mode(std::string_view text);

}  // namespace kgnode::hardening
