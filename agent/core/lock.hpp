#pragma once
/// One coroutine at a time, first come first served.
#include <coroutine>
#include <deque>
#include <utility>

namespace kgnode::core {

class Lock {
 public:
  /// Holds the lock until it goes out of scope; the next waiter then runs at once.
  class [[nodiscard]] Guard {
   public:
    explicit Guard(Lock* lock) : lock_(lock) {}
    Guard(Guard&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      if (lock_ != nullptr) lock_->release();
    }

   private:
    Lock* lock_;
  };

  struct Acquire {
    Lock& lock;
    bool await_ready() const noexcept { return !std::exchange(lock.held_, true); }
    void await_suspend(std::coroutine_handle<> waiter) const { lock.waiters_.push_back(waiter); }
    Guard await_resume() const noexcept { return Guard(&lock); }
  };

  Acquire acquire() { return {*this}; }
  bool is_held() const { return held_; }

 private:
  void release() {
    if (waiters_.empty()) {
      held_ = false;
      return;
    }
    auto next = waiters_.front();
    waiters_.pop_front();
    next.resume();  // still held: it is theirs now
  }

  bool held_ = false;
  std::deque<std::coroutine_handle<>> waiters_;
};

}  // namespace kgnode::core
