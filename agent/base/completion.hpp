#pragma once
/// Completion<T>: a callback sets it once, one coroutine waits for it.
#include <coroutine>
#include <optional>
#include <utility>

namespace kgnode {

template <class T>
class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  ~Completion() = default;

  /// Only the first value counts: a time-out and a late answer may both try. Resumes the waiter
  /// before it returns, which may destroy this object.
  void set(T value) {
    if (value_) return;
    value_.emplace(std::move(value));
    if (auto waiter = std::exchange(waiter_, nullptr)) waiter.resume();
  }

  bool await_ready() const noexcept { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  T await_resume() { return *std::move(value_); }

 private:
  std::optional<T> value_;
  std::coroutine_handle<> waiter_;
};

}  // namespace kgnode
