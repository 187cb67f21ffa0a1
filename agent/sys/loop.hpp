#pragma once
/// The one event loop: timers, readable descriptors, signals. One thread, one io_context.
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "agent/core/timers.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): its name in Boost
}

namespace kgnode::sys {

class Loop final : public core::Timers {
 public:
  Loop();
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void after(std::chrono::milliseconds delay, std::function<void()> then) override;
  /// Calls `then` each time `fd` is readable. The fd stays the caller's and must outlive the loop.
  void on_readable(int fd, std::function<void()> then);
  void on_signals(const std::vector<int>& signals, std::function<void(int)> then);
  void run();
  void stop();

  boost::asio::io_context& context();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kgnode::sys
