#pragma once
/// Child processes that answer from a script, with a log of what was asked.
#include <functional>
#include <string>
#include <vector>

#include "agent/sys/process.hpp"

namespace test {

struct FakeProcesses final : kgnode::sys::Processes {
  std::function<kgnode::Result<kgnode::sys::Output>(const kgnode::sys::Command&)> answer;
  std::vector<std::vector<std::string>> calls;

  kgnode::Task<kgnode::Result<kgnode::sys::Output>> run(kgnode::sys::Command command) override {
    calls.push_back(command.argv);
    co_return answer(command);
  }
};

}  // namespace test
