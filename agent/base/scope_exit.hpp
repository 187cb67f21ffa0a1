#pragma once
/// Undo on early return; release() when the work is complete.
#include <utility>

namespace kgnode {

template <class F>
class [[nodiscard]] ScopeExit {
 public:
  explicit ScopeExit(F undo) : undo_(std::move(undo)) {}
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;
  ~ScopeExit() {
    if (armed_) undo_();
  }
  void release() { armed_ = false; }

 private:
  F undo_;
  bool armed_ = true;
};

}  // namespace kgnode
