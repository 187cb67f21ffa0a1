#pragma once
/// One entry of the operations log as text, and the chain that ties it to the one before. Pure.
#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::core {

/// Who caused it: the agent by itself, or somebody at the admin socket.
struct Actor {
  bool agent = true;
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::string name;  // of the user
};

/// Texts are cut at 4 KiB and made printable. An empty one is written as null.
struct LogEntry {
  Actor actor;
  std::string event;  // "step", "apply", "confirm", "revert", "log.repaired", ...
  std::string domain;
  std::string text;
  std::string before;
  std::string after;
  std::string outcome;  // "done", "failed", "refused"
  std::string error;
};

/// Where the chain stands: number and hash (64 hex digits) of an entry; number 0 is before the
/// first.
struct ChainPoint {
  std::uint64_t seq = 0;
  std::string hash = std::string(64, '0');
  bool operator==(const ChainPoint&) const = default;
};

/// BLAKE2b with a key: whoever cannot read the key cannot make a line that fits. Held in memory
/// that is neither swapped nor left behind.
class ChainKey {
 public:
  static constexpr std::size_t kBytes = 32;

  static ChainKey make_random();
  /// nullopt: not a key.
  static std::optional<ChainKey> parse(std::string_view bytes);
  ChainKey(ChainKey&& other) noexcept;
  ChainKey& operator=(ChainKey&&) = delete;
  ChainKey(const ChainKey&) = delete;
  ChainKey& operator=(const ChainKey&) = delete;
  ~ChainKey();

  std::string hash(std::string_view text) const;
  std::string_view bytes() const;

 private:
  ChainKey();
  std::array<unsigned char, kBytes> key_{};
};

struct Stamp {
  std::chrono::system_clock::time_point time;
  std::string boot_id;
};

/// A line without its line feed, and the point of the chain it makes.
struct SealedLine {
  std::string text;
  ChainPoint point;
};

SealedLine make_line(const LogEntry& entry, const ChainPoint& previous, const Stamp& stamp,
                     const ChainKey& key);

/// What a line says about its place; nullopt: not a line that we wrote, or changed since.
struct Link {
  ChainPoint point;
  std::string previous;  // hash of the entry before
};
std::optional<Link> parse_line(std::string_view line, const ChainKey& key);

/// How far the log goes, kept beside it so that cutting its end off does not go unnoticed.
struct LogHead {
  ChainPoint before_first;  // moves on when the oldest file is removed
  ChainPoint last;
  bool operator==(const LogHead&) const = default;
};

std::string make_head(const LogHead& head, const ChainKey& key);
std::optional<LogHead> parse_head(std::string_view text, const ChainKey& key);

}  // namespace kgnode::core
