#pragma once
/// Tells that a block device came, went or changed, as the kernel says (netlink(7),
/// NETLINK_KOBJECT_UEVENT).
#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

class DiskEvents {
 public:
  static Result<DiskEvents> open();

  int fd() const { return fd_.get(); }
  /// Takes all that wait. True: some are about block devices, or were lost.
  bool drain();

 private:
  explicit DiskEvents(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace kgnode::sys
