#pragma once
/// Bans on disk: those in force, those that were, and the lines that led to them. Nothing here
/// keeps a ban from the kernel: with an error the caller goes on, says so, and tries again.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "hardening/ban/tables.hpp"
#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

struct NewBan {
  Ban ban;
  std::vector<std::string> lines;  // as they were logged; the last Store::kLines of them are kept
};

/// A ban, over or not, and the lines that led to it.
struct Story {
  Ban ban;
  std::vector<std::string> lines;  // safe to print
  bool operator==(const Story&) const = default;
};

struct StoreLimits {
  std::int64_t in_force = 1'000'000;
  std::int64_t bans = 2'000'000;  // in force or not
  std::int64_t lines = 100'000;   // about 60 MB
  std::int64_t bytes = std::int64_t{512} << 20;
};

class Store {
 public:
  static constexpr const char* kPath = "/var/lib/kgnode/bans.db";
  static constexpr std::size_t kLines = 5;
  static constexpr std::size_t kLineBytes = 512;

  /// The file is opened, or made, with the first call that needs it. One that is damaged is moved
  /// to "PATH.damaged", and a new one begun.
  explicit Store(std::string path, StoreLimits limits = {})
      : path_(std::move(path)), limits_(limits) {}

  /// All in force, in no order. Times are of whole milliseconds.
  Result<std::vector<Ban>> load(Time now);
  /// All or none. The same ban again changes nothing; another one of a source that is banned takes
  /// the place of the first. Gives those others that had to end early to make room: what ends
  /// first.
  Result<std::vector<Prefix>> commit(std::span<const NewBan> bans, Time now);
  /// Ends a ban as if it had been a mistake: it is no strike. False: none was in force. To be
  /// called when the kernel has let the source go: the other way round a crash leaves it banned
  /// there.
  Result<bool> remove(const Prefix& source, Time now);

  Result<std::optional<Ban>> find(const Prefix& source, Time at);
  /// The narrowest one that covers the address.
  Result<std::optional<Ban>> find_covering(const Address& address, Time at);
  Result<unsigned> count_strikes(const Prefix& source, Time since);
  /// Of the latest ban of exactly this source.
  Result<std::optional<Story>> tell(const Prefix& source);

  /// Forgets what ended before, a slice at a time. True: there is more.
  Result<bool> prune(Time before);

  /// How far the logs have been read, as bytes of the reader's own; none: never, or in a file that
  /// was damaged.
  Result<std::optional<std::string>> load_progress();
  Result<> save_progress(std::string_view content);

  /// What happened to the file since the last call, for the log.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

 private:
  template <class Work>
  auto with_tables(const Work& work) -> decltype(work(std::declval<Tables&>()));
  Result<> open();
  Result<> move_aside(const Error& why);
  Result<std::vector<Prefix>> write(Tables& tables, std::span<const NewBan> bans, Time now);
  Result<std::vector<Prefix>> make_room(Tables& tables, std::int64_t bans, Time now);

  std::string path_;
  StoreLimits limits_;
  std::optional<Tables> tables_;
  std::int64_t in_force_ = 0;  // at most so many are
  std::vector<std::string> notes_;
};

}  // namespace kgnode::hardening::ban
