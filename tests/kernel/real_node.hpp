#pragma once
/// What the kernel tests of the hardening domains share: real child processes, waited for on the
/// loop.
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "agent/sys/loop.hpp"
#include "agent/sys/real_process.hpp"

namespace test {

/// Runs a task on the loop until it has its value.
template <class T>
T run_on(kgnode::sys::Loop& loop, kgnode::Task<T> task) {
  std::optional<T> value;
  loop.context().restart();
  kgnode::spawn(std::move(task), [&value, &loop](T result) {
    value.emplace(std::move(result));
    loop.stop();
  });
  if (!value) loop.run();
  return *std::move(value);
}

inline kgnode::sys::Output run_command(kgnode::sys::Loop& loop, std::vector<std::string> argv) {
  kgnode::sys::RealProcesses processes(loop);
  kgnode::sys::Command command{.argv = std::move(argv), .limit = std::chrono::seconds(60)};
  auto ran = run_on(loop, processes.run(std::move(command)));
  if (!ran) return {.status = -1, .err = ran.error().message()};
  return *std::move(ran);
}

}  // namespace test
