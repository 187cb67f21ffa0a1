/// The size of an XFS that is mounted, as xfs_info asks for it.
#include "agent/sys/mounted_xfs.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>

#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

/// xfs_fsop_geom_v1 of the kernel's xfs_fs.h, whose headers Debian has with xfslibs-dev only.
struct Geometry {
  std::uint32_t block_size;
  std::array<std::uint32_t, 7> not_needed;
  std::uint64_t data_blocks;
  std::array<std::uint64_t, 9> nor_this;
};
constexpr unsigned long kGetGeometry = _IOR('X', 100, Geometry);
static_assert(sizeof(Geometry) == 112);

}  // namespace

std::optional<std::uint64_t> read_mounted_xfs_size(const std::string& folder, dev_t device) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  struct statfs file_system{};
  if (!fd || ::fstat(fd.get(), &status) < 0 || status.st_dev != device ||
      ::fstatfs(fd.get(), &file_system) < 0 || file_system.f_type != XFS_SUPER_MAGIC)
    return std::nullopt;
  Geometry geometry{};
  if (::ioctl(fd.get(), kGetGeometry, &geometry) < 0) return std::nullopt;
  return geometry.data_blocks * geometry.block_size;
}

}  // namespace kgnode::sys
