#pragma once
/// What stands before a message in a file: syslog's prefix, or that of a container runtime.
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::hardening::ban {

struct SyslogLine {
  std::string_view program;  // without the process id
  std::string_view message;
};

/// "Nov 22 10:00:01 host sshd[123]: message", or with a time as in RFC 3339; "<38>" may stand
/// before it. nullopt: no such prefix, all of the line is message.
std::optional<SyslogLine> strip_syslog(std::string_view line);

struct CriLine {
  bool partial = false;  // the message goes on in the next line of its stream
  bool error = false;    // stderr, not stdout
  std::string_view message;
};

/// "2026-11-22T18:36:18.123456789Z stdout F message". nullopt: no such prefix.
std::optional<CriLine> strip_cri(std::string_view line);

/// Puts the parts of long messages together. The runtime cuts at 16 KiB.
class CriJoiner {
 public:
  static constexpr std::size_t kLimit = std::size_t{256} << 10U;

  /// The whole message once its last part is there, valid until the next call. One beyond kLimit is
  /// dropped.
  std::optional<std::string_view> add(const CriLine& line);

 private:
  struct Stream {
    std::string parts;
    bool dropped = false;
  };
  std::array<Stream, 2> streams_;
  std::string whole_;
};

}  // namespace kgnode::hardening::ban
