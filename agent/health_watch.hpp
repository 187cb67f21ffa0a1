#pragma once
/// Has the health of the node looked at: each few seconds, and when a link changes.
#include <functional>
#include <optional>

#include "agent/base/result.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/netlink.hpp"

namespace kgnode {

class HealthWatch {
 public:
  HealthWatch(sys::Loop& loop, std::function<void()> look) : loop_(loop), look_(std::move(look)) {}
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;
  ~HealthWatch() = default;

  /// An Error: links are only looked at each few seconds.
  Result<> start();

 private:
  void tick();
  void on_link();

  sys::Loop& loop_;
  std::function<void()> look_;
  std::optional<sys::Netlink> links_;
  bool soon_ = false;
};

}  // namespace kgnode
