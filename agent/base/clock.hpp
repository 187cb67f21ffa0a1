#pragma once
/// The clock is a parameter, so that tests do not wait.
#include <chrono>
#include <format>
#include <string>

namespace kgnode {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point wall() const = 0;
  virtual std::chrono::steady_clock::time_point monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::now();
  }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::now();
  }
};

/// "2026-03-01T09:30:00.000001Z": RFC 3339 with microseconds, always UTC.
inline std::string to_rfc3339(std::chrono::system_clock::time_point time) {
  return std::format("{:%FT%TZ}", std::chrono::floor<std::chrono::microseconds>(time));
}

}  // namespace kgnode
