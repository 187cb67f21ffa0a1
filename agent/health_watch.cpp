/// Has the health of the node looked at.
#include "agent/health_watch.hpp"

#include <linux/rtnetlink.h>

#include <utility>

#include "agent/health/health.hpp"

namespace kgnode {
namespace {

// Pods come with links of their own, in bursts.
constexpr std::chrono::milliseconds kLinksSettle{500};

}  // namespace

Result<> HealthWatch::start() {
  tick();
  links_ = TRY(sys::Netlink::open(NETLINK_ROUTE));
  TRY(links_->join(RTNLGRP_LINK));
  TRY(links_->join(RTNLGRP_IPV4_IFADDR));
  loop_.on_readable(links_->fd(), [this] { on_link(); });
  return {};
}

void HealthWatch::tick() {
  look_();
  loop_.after(health::Health::kEach, [this] { tick(); });
}

void HealthWatch::on_link() {
  (void)links_->drain([](const nlmsghdr&) {});  // lost or not: the interface is read anew
  if (std::exchange(soon_, true)) return;
  loop_.after(kLinksSettle, [this] {
    soon_ = false;
    look_();
  });
}

}  // namespace kgnode
