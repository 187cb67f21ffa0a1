#pragma once
/// Timers and clocks that move only when a test says so.
#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/core/timers.hpp"

namespace test {

class ManualTimers final : public kgnode::core::Timers {
 public:
  void after(std::chrono::milliseconds delay, std::function<void()> then) override {
    armed_.push_back({now_ + delay, std::move(then)});
  }

  /// Fires what falls due on the way, in order, also what those calls arm.
  void advance(std::chrono::milliseconds by) {
    const auto end = now_ + by;
    while (true) {
      auto next = std::ranges::min_element(armed_, {}, &Armed::at);
      if (next == armed_.end() || next->at > end) break;
      now_ = next->at;
      auto then = std::move(next->then);
      armed_.erase(next);
      then();
    }
    now_ = end;
  }

  std::chrono::milliseconds now() const { return now_; }

 private:
  struct Armed {
    std::chrono::milliseconds at;
    std::function<void()> then;
  };
  std::chrono::milliseconds now_{0};
  std::vector<Armed> armed_;
};

struct ManualClock final : kgnode::Clock {
  std::chrono::system_clock::time_point wall_time;
  std::chrono::steady_clock::time_point steady_time;
  std::chrono::system_clock::time_point wall() const override { return wall_time; }
  std::chrono::steady_clock::time_point monotonic() const override { return steady_time; }
};

}  // namespace test
