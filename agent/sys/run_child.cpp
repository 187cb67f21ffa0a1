/// A child process for programs that have no loop of their own.
#include "agent/sys/run_child.hpp"

#include <optional>
#include <utility>

#include "agent/sys/loop.hpp"
#include "agent/sys/real_process.hpp"

namespace kgnode::sys {

Result<Output> run_child(Command command) {
  Loop loop;
  RealProcesses processes(loop);
  std::optional<Result<Output>> output;
  spawn(processes.run(std::move(command)), [&output, &loop](Result<Output> result) {
    output = std::move(result);
    loop.stop();
  });
  if (!output) loop.run();
  if (!output) return fail(Error::plain("the child process was not waited for"));
  return *std::move(output);
}

}  // namespace kgnode::sys
