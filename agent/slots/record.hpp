#pragma once
/// What became of the last update, kept across reboots; and what is under way, until the next one.
#include <optional>
#include <string>

#include "agent/base/result.hpp"
#include "agent/slots/writer.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::slots {

/// `broken_off`: writing it failed, or was ended. `written`: the next boot tries it. `good`: it was
/// healthy. `failed`: it was not, or did not come up. `rolled_back`: a person went back.
enum class Outcome : std::uint8_t { writing, broken_off, written, good, failed, rolled_back };
std::string_view to_string(Outcome outcome);

struct Record {
  std::string version;
  std::string from;     // what ran when it was written
  std::string boot_id;  // of the boot in which it was written
  Outcome outcome = Outcome::writing;
  std::string reason;           // of what did not work
  unsigned rollback_index = 0;  // the highest that was ever good here
  // When it was written; the new version must come to the same.
  bool was_ready = false;    // K3s was
  bool heard_peers = false;  // beacons of other nodes came
  bool operator==(const Record&) const = default;
};

/// In /var/lib/kgnode/upgrade.json. A damaged one is an error: the rollback index is in it.
class RecordFile {
 public:
  static constexpr auto kPath = "/var/lib/kgnode/upgrade.json";

  explicit RecordFile(sys::Files& files, std::string path = kPath)
      : files_(files), path_(std::move(path)) {}
  Result<std::optional<Record>> load();
  Result<> save(const Record& record);

 private:
  sys::Files& files_;
  std::string path_;
};

/// In /run/kgnode: how far a running one is.
constexpr auto kProgressPath = "/run/kgnode/upgrade-progress.json";
std::string to_text(const Progress& progress);
std::optional<Progress> parse_progress(std::string_view text);

}  // namespace kgnode::slots
