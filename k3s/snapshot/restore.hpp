#pragma once
/// A restore, or what the other servers do after one: its steps, each recorded before and after it,
/// so that what was cut off goes on where it was. Nothing is deleted, it is moved aside.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::k3s {

constexpr auto kRestoreRecord = "/var/lib/kgnode/k3s-restore.json";

/// `restore`: this server becomes the first of a cluster, with a snapshot's data. `rejoin`: its own
/// data is put aside, and it joins anew.
enum class Deed : std::uint8_t { restore, rejoin };
std::string_view to_string(Deed deed);

/// `configure`: the configuration for the reset. `reset`: by K3s. `move`: the database aside.
/// `ready`: wait until the API answers.
enum class RestoreStep : std::uint8_t { stop, configure, reset, move, start, ready };
std::string_view to_string(RestoreStep step);

struct RestoreRecord {
  Deed deed = Deed::restore;
  RestoreStep step = RestoreStep::stop;
  bool done = false;                               // the step; false: it was begun
  std::string snapshot;                            // its path
  std::string token_file;                          // with the token that opens it
  std::optional<std::vector<std::string>> before;  // in server/db, before the reset was begun first
  std::string trouble;                             // what the step ended with
  bool operator==(const RestoreRecord&) const = default;

  bool finished() const { return step == RestoreStep::ready && done; }
};
std::string to_text(const RestoreRecord& record);
/// A damaged one is an Error: whether K3s may run is not guessed.
Result<RestoreRecord> parse_restore_record(std::string_view text);
Result<std::optional<RestoreRecord>> read_restore_record(sys::Files& files);

/// The step that is to be carried out now; nullopt: it is finished.
std::optional<RestoreStep> next_step(const RestoreRecord& record);

/// K3s must not be started by anybody: its data is being changed. Also when the record cannot be
/// understood.
bool restore_is_under_way(sys::Files& files);

/// A configuration for the reset: without what says how to get into a cluster, which K3s refuses
/// then, and without the token, which is given by its file.
Result<std::string> make_reset_config(std::string_view config);

/// Whether K3s says that it has reset the cluster. Its exit code says nothing.
bool says_that_it_reset(std::string_view output);
/// Of the database that there was: where it is now, by the names in server/db before and after.
/// An Error: it is nowhere.
Result<std::string> find_kept(const std::vector<std::string>& before,
                              const std::vector<std::string>& after);

}  // namespace kgnode::k3s
