#pragma once
/// The tables of the store of bans: opened, migrated, with the statements that work on them.
#include <cstdint>
#include <string>

#include "agent/base/result.hpp"
#include "agent/sys/sqlite.hpp"

namespace kgnode::hardening::ban {

/// One row for each ban there was; in force is what ends later than now.
struct Tables {
  /// Makes the file, or brings one of an older version up to date; it grows to `bytes` at most.
  /// is_damage() of the error: it is broken, or of a newer version.
  static Result<Tables> open(const std::string& path, std::int64_t bytes);

  sys::Database database;
  std::int64_t rows = 0;  // of table `ban`

  // Those that read a ban give: source, jail, since, until, strikes.
  sys::Statement in_force;    // ?1 now
  sys::Statement at;          // ?1 source, ?2 time
  sys::Statement latest;      // ?1 source
  sys::Statement strikes;     // ?1 source, ?2 since
  sys::Statement end_others;  // ?1 source, ?2 begin of the one that takes over
  sys::Statement add;         // ?1 source, ?2 since, ?3 until, ?4 jail, ?5 strikes
  sys::Statement lift;        // ?1 source, ?2 now
  sys::Statement count_rows;
  sys::Statement count_in_force;  // ?1 now
  sys::Statement first_to_end;    // ?1 now, ?2 how many
  sys::Statement end_first;       // ?1 now, ?2 how many
  sys::Statement drop_ended;      // ?1 before, ?2 how many
  sys::Statement add_line;        // ?1 source, ?2 since, ?3 text
  sys::Statement lines;           // ?1 source, ?2 since
  sys::Statement cut_lines;       // ?1 how many stay
  sys::Statement drop_lines;      // ?1 before, ?2 how many
  sys::Statement progress;
  sys::Statement set_progress;  // ?1 content
};

}  // namespace kgnode::hardening::ban
