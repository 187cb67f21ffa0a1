#pragma once
/// The operations log: every change and every admin verb, in order, chained by hashes, so that an
/// edit, a deletion or a cut is found. Append-only JSON lines in a folder of root's.
///
/// Trust: the chain is keyed, and the key lies beside it. It finds every change by somebody who
/// does not hold the key. Root can read the key and write a new history; only the hashes that left
/// the machine (the caller sends each to the journal) tell that one from the true one.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/core/oplog_folder.hpp"
#include "agent/core/oplog_line.hpp"

namespace kgnode::core {

inline constexpr const char* kOplogFolder = "/var/lib/kgnode/log";

class Oplog {
 public:
  struct Options {
    std::string folder = kOplogFolder;
    std::string boot_id;
    std::size_t file_bytes = std::size_t{4} << 20;  // a new file from here on
    std::size_t files = 16;                         // older ones are removed
  };

  /// Makes the folder and the key when they are not there. What a crash or a stranger left is moved
  /// aside, never dropped, and is itself the next entry; notes() has the same for the report.
  /// Fails when another process has the log open.
  static Result<Oplog> open(Options options, const Clock& clock);

  /// On disk when this returns. On an error nothing was recorded: an admin verb is then refused.
  /// Blocks for three fsyncs; changes are rare, and one must not outrun its record.
  Result<ChainPoint> append(const LogEntry& entry);

  /// The last entries, oldest first; fewer when they are large.
  Result<std::vector<boost::json::object>> tail(std::size_t count) const;

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Oplog(Options options, const Clock& clock, LogFolder folder, ChainKey key);
  Result<> load_head();
  Result<> repair_tail();
  Result<> check_end(const std::string& last_line);
  Result<> set_torn_aside(const std::string& torn);
  Result<> cut_to_size();
  Result<> rotate();
  Result<> remove_oldest();
  Result<> write_line(const SealedLine& line);
  Result<> write_head(const LogHead& head);

  Options options_;
  const Clock* clock_;
  LogFolder folder_;
  ChainKey key_;
  LogHead head_;
  UniqueFd file_;
  std::size_t size_ = 0;      // of the current file, whole lines only
  bool cut_pending_ = false;  // a failed append could not be taken back yet
  std::vector<std::string> notes_;
};

enum class BreakKind : std::uint8_t { edited, deleted, reordered, forked, truncated, torn };
std::string_view to_string(BreakKind kind);

struct LogBreak {
  BreakKind kind = BreakKind::edited;
  std::string file;
  std::size_t line = 0;  // 0: the file as a whole
  std::string text;
  bool operator==(const LogBreak&) const = default;
};

struct LogReport {
  std::uint64_t entries = 0;  // good ones before the break
  ChainPoint last;
  std::optional<LogBreak> first_break;  // nullopt: the log is whole
};

/// Reads every file of the log; needs no open Oplog. An Error means that nobody can tell.
Result<LogReport> verify_log(const std::string& folder);

}  // namespace kgnode::core
