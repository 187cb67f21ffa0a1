#pragma once
/// The journal as a stream of matching entries: from a place on, in order, each once.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// One field with one of these values. Only what journald itself sets can be trusted: names that
/// begin with an underscore. Of those, _UID, _GID and _PID are always there; _COMM, _EXE and
/// _SYSTEMD_UNIT are missing when the sender ended before journald looked.
struct JournalField {
  std::string name;
  std::vector<std::string> values;
};

/// Fields that must all hold.
using JournalMatch = std::vector<JournalField>;

struct JournalEntry {
  std::string_view message;                    // until the next call of next()
  std::chrono::system_clock::time_point time;  // when journald took it
  bool cut = false;  // the message was longer than kMessageLimit: its end is not the sender's
};

/// What lies between the place that was asked for and the first entry after it.
enum class Continuity : std::uint8_t {
  exact,    // nothing: the entry of the cursor is there
  gap,      // everything that is left is younger: entries may have been removed unread
  unknown,  // the entry is not there although older ones are
};

class Journal {
 public:
  virtual ~Journal() = default;

  static constexpr std::size_t kMessageLimit = 8192;

  /// next() goes on with the first entry after that of `cursor`.
  virtual Result<Continuity> seek(const std::string& cursor) = 0;
  /// next() goes on with the first entry at `time` or later.
  virtual Result<> seek_since(std::chrono::system_clock::time_point time) = 0;

  /// nullopt: nothing new yet. Costs well below a microsecond then, and asks no system call.
  virtual Result<std::optional<JournalEntry>> next() = 0;
  /// A field of the entry that next() gave last. Three times as slow as the message: ask only where
  /// the message was not enough.
  virtual Result<std::optional<std::string>> field(std::string_view name) = 0;
  /// The entry that next() gave last, for a later seek(); empty when there was none.
  virtual Result<std::string> cursor() = 0;
  /// Entries whose message could not be read; next() gave them with an empty one.
  virtual std::uint64_t unreadable() const = 0;

  /// Readable when files came or went, or were written to: journald tells of the latter up to
  /// 250 ms late.
  virtual int fd() const = 0;
  /// Takes notice of new and removed files; to be called before next(). Not exact: the journal was
  /// replaced under us and the place was not found in it.
  virtual Result<Continuity> process() = 0;
};

}  // namespace kgnode::sys
