#pragma once
/// systemd units in memory, with a log of jobs.
#include <map>
#include <string>
#include <vector>

#include "agent/sys/units.hpp"

namespace test {

struct FakeUnits : kgnode::sys::Units {
  std::map<std::string, std::string> states;
  std::vector<std::string> jobs;

  kgnode::Task<kgnode::Result<std::string>> state(std::string unit) override {
    auto it = states.find(unit);
    co_return it == states.end() ? "not-found" : it->second;
  }
  kgnode::Task<kgnode::Result<>> reload(std::string unit) override {
    jobs.push_back("reload " + unit);
    co_return kgnode::Result<>{};
  }
  kgnode::Task<kgnode::Result<>> restart(std::string unit) override {
    jobs.push_back("restart " + unit);
    co_return kgnode::Result<>{};
  }
  kgnode::Task<kgnode::Result<>> stop(std::string unit) override {
    jobs.push_back("stop " + unit);
    co_return kgnode::Result<>{};
  }
  kgnode::Task<kgnode::Result<>> start(std::string unit) override {
    jobs.push_back("start " + unit);
    co_return kgnode::Result<>{};
  }
};

}  // namespace test
