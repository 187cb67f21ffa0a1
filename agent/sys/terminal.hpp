#pragma once
/// A terminal that is drawn on: its size, keys as they come, and everything as it was afterwards.
#include <termios.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

class Terminal {
 public:
  /// Standard output must be one. `takes_keys`: from standard input, each at once, Ctrl-C too.
  static Result<Terminal> open(bool takes_keys);

  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  struct Size {
    std::size_t width = 80;
    std::size_t height = 24;
  };
  Size size() const;

  Result<> write(std::string_view bytes);

  struct Event {
    std::string bytes;  // of keys
    bool resized = false;
    bool ended = false;  // somebody wants the program to end, or the terminal has gone
  };
  /// Until something happens, at most so long.
  Event wait(std::chrono::milliseconds limit);

 private:
  Terminal(UniqueFd signals, bool takes_keys);

  UniqueFd signals_;
  bool takes_keys_;
  bool is_ours_ = true;
  std::optional<termios> before_;
};

}  // namespace kgnode::sys
