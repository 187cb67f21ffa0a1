#pragma once
/// What the kernel tells by a call and not by a file: space on disks, our interface, who has a
/// socket.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"

namespace kgnode::sys {

struct MountSpace {
  std::uint64_t total = 0;  // bytes
  std::uint64_t free = 0;   // for others than root
  std::uint64_t inodes = 0;
  std::uint64_t free_inodes = 0;
  bool sealed = false;  // an image that is never written to, full by nature
  bool broken = false;  // answers with I/O errors; nothing else is known then
  bool operator==(const MountSpace&) const = default;
};

class Gauges {
 public:
  virtual ~Gauges() = default;
  /// nullopt: nothing is mounted there.
  virtual Result<std::optional<MountSpace>> space(const std::string& mount) = 0;
  /// The interface that has the address; empty: none has it.
  virtual Result<std::string> interface_of(const Address& address) = 0;
  /// The program that holds a socket; empty: it cannot be told.
  virtual std::string owner_of_socket(std::uint64_t inode) = 0;
};

class RealGauges final : public Gauges {
 public:
  Result<std::optional<MountSpace>> space(const std::string& mount) override;
  Result<std::string> interface_of(const Address& address) override;
  std::string owner_of_socket(std::uint64_t inode) override;

 private:
  std::map<std::uint64_t, std::string> owners_;
};

}  // namespace kgnode::sys
