#pragma once
/// What the kernel would tell by calls.
#include <map>
#include <string>

#include "agent/sys/gauges.hpp"

namespace test {

struct FakeGauges final : kgnode::sys::Gauges {
  std::map<std::string, kgnode::sys::MountSpace> spaces;
  std::string interface;
  std::map<std::uint64_t, std::string> owners;

  kgnode::Result<std::optional<kgnode::sys::MountSpace>> space(const std::string& mount) override {
    const auto found = spaces.find(mount);
    if (found == spaces.end()) return std::nullopt;
    return found->second;
  }
  kgnode::Result<std::string> interface_of(const kgnode::Address&) override { return interface; }
  std::string owner_of_socket(std::uint64_t inode) override { return owners[inode]; }
};

}  // namespace test
