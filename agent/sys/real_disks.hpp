#pragma once
/// Disks of the kernel.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sys/disk_access.hpp"
#include "agent/sys/disks.hpp"
#include "agent/sys/disks_sysfs.hpp"

namespace kgnode::sys {

/// Remembers which disk it listed under which path, and writes to no other.
class RealDisks final : public Disks {
 public:
  explicit RealDisks(DiskSources sources = {}) : sources_(std::move(sources)) {}

  Result<std::vector<BlockDevice>> list() override;
  Result<std::optional<Space>> space(const std::string& mount_point) override;

  Result<> write_marker(const std::string& path, std::string_view text) override;
  Result<> remove_marker(const std::string& path) override;
  Result<> wipe(const std::string& path) override;
  Result<> write_table(const std::string& path, const TablePlan& plan) override;
  Result<> grow_partition(const std::string& path) override;

 private:
  Result<OpenDisk> open(const std::string& path, Access access) const;

  DiskSources sources_;
  std::map<std::string, std::uint64_t> listed_;  // sequence numbers by path
};

}  // namespace kgnode::sys
