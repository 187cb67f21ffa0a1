#pragma once
/// Child processes: an argument vector, a time limit, a cap on output; never a shell.
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"

namespace kgnode::sys {

struct Command {
  std::vector<std::string> argv;  // argv[0] is an absolute path
  std::string input;              // standard input
  std::chrono::milliseconds limit{10'000};
  std::size_t output_cap = std::size_t{256} << 10;
};

struct Output {
  int status = 0;  // exit code, or 128 + signal
  std::string out;
  std::string err;
};

class Processes {
 public:
  virtual ~Processes() = default;
  /// An Error when it cannot start, runs past its limit (it is killed) or prints more than the cap;
  /// a non-zero exit is an outcome, not an Error.
  virtual Task<Result<Output>> run(Command command) = 0;
};

/// For a program whose output only matters when it fails: an Error with what it said.
Task<Result<>> run_to_success(Processes& processes, Command command);

}  // namespace kgnode::sys
