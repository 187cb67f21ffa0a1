#pragma once
/// Says at once when something was logged: the datagrams that journald forwards to a syslog daemon.
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/core/timers.hpp"

namespace kgnode::sys {

/// Nothing that a datagram says is used. journald sends it just before it appends the entry, and
/// never waits for us. Where the socket is somebody else's, `look` is called a few times a second.
class LogWakeup {
 public:
  static constexpr const char* kSocket = "/run/systemd/journal/syslog";

  /// `look` reads what is new in the journal. Both must outlive this, and this its timers.
  LogWakeup(core::Timers& timers, std::function<void()> look, std::string path = kSocket)
      : timers_(timers), look_(std::move(look)), path_(std::move(path)) {}
  LogWakeup(const LogWakeup&) = delete;
  LogWakeup& operator=(const LogWakeup&) = delete;
  ~LogWakeup();

  /// Takes the socket if it is free, and begins to look. Once.
  Result<> start();
  /// Readable when something was logged; the same for the whole life.
  int fd() const { return socket_.get(); }
  void on_readable();
  /// Why lines are noticed late, and what to do; empty while they are not.
  const std::string& finding() const { return finding_; }

  /// Looks after a datagram, each so long after the one before. Most entries are found by the first
  /// two; on a busy machine journald may be interrupted between sending and appending.
  static constexpr std::array kPauses = {std::chrono::milliseconds(0), std::chrono::milliseconds(1),
                                         std::chrono::milliseconds(2),
                                         std::chrono::milliseconds(12)};
  static constexpr std::chrono::milliseconds kPollWithout{100};
  static constexpr std::chrono::milliseconds kPollBeside{5000};

 private:
  enum class Place : std::uint8_t { ours, foreign, lost };

  void poll();
  void look_again(std::size_t step);
  void take_socket();
  bool is_still_ours() const;

  core::Timers& timers_;
  std::function<void()> look_;
  std::string path_;
  UniqueFd socket_;
  Place place_ = Place::foreign;
  std::uint64_t inode_ = 0;  // of our socket file
  std::uint64_t round_ = 0;  // a datagram ends the looks that an earlier one began
  std::chrono::milliseconds since_try_{0};
  std::string finding_;
};

}  // namespace kgnode::sys
