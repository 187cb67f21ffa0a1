#pragma once
/// Timers as an interface, so that a test can hold the callback and fire it by hand.
#include <chrono>
#include <functional>

namespace kgnode::core {

class Timers {
 public:
  virtual ~Timers() = default;
  virtual void after(std::chrono::milliseconds delay, std::function<void()> then) = 0;
};

}  // namespace kgnode::core
