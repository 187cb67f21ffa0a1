#pragma once
/// In-memory /proc/sys with a log of writes and an injectable failure.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/sys/proc_sys.hpp"

namespace test {

struct FakeProcSys final : kgnode::sys::ProcSys {
  std::map<std::string, std::string, std::less<>> values;
  std::set<std::string, std::less<>> read_only;  // seen beforehand, as in a container
  std::set<std::string, std::less<>> refused;    // noticed by the write only
  std::vector<std::string> writes;

  kgnode::Result<std::optional<std::string>> read(std::string_view key) override {
    auto it = values.find(key);
    if (it == values.end()) return std::nullopt;
    return it->second;
  }
  kgnode::Result<> write(std::string_view key, std::string_view value) override {
    if (read_only.contains(key))
      return kgnode::fail({std::errc::permission_denied, "write " + std::string(key)});
    if (refused.contains(key))
      return kgnode::fail({std::errc::invalid_argument, "write " + std::string(key)});
    writes.push_back(std::string(key) + "=" + std::string(value));
    values.insert_or_assign(std::string(key), std::string(value));
    return {};
  }
  bool is_writable(std::string_view key) override { return !read_only.contains(key); }
};

}  // namespace test
