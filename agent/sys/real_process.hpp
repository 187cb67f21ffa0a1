#pragma once
/// Child processes on the loop: posix_spawn, a pidfd, pipes, a deadline.
#include "agent/sys/loop.hpp"
#include "agent/sys/process.hpp"

namespace kgnode::sys {

class RealProcesses final : public Processes {
 public:
  explicit RealProcesses(Loop& loop) : loop_(loop) {}
  Task<Result<Output>> run(Command command) override;

 private:
  Loop& loop_;
};

}  // namespace kgnode::sys
