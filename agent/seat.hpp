#pragma once
/// Tells other control planes whether this one holds data of a cluster.
#include "agent/base/unique_fd.hpp"
#include "agent/config/config.hpp"
#include "agent/sys/files.hpp"

namespace kgnode {

class SeatService {
 public:
  /// `socket`: empty when systemd handed none; nothing is answered then.
  SeatService(sys::Files& files, UniqueFd socket) : files_(files), socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  /// Answers what has come, for a node of this configuration.
  void answer(const config::Config& config);
  /// Without a configuration nobody is answered.
  void drop();

 private:
  sys::Files& files_;
  UniqueFd socket_;
};

}  // namespace kgnode
