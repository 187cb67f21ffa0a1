/// The node as the K3s domain asks for it.
#include "agent/k3s_host.hpp"

#include <algorithm>
#include <filesystem>

#include "agent/sys/addresses.hpp"
#include "agent/sys/mount_table.hpp"

namespace kgnode {

bool K3sHost::exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Result<std::string> K3sHost::interface_of(const Address& address) {
  return sys::find_interface(address);
}

// As process 1 sees it: our own mounts have more in them.
Result<bool> K3sHost::is_mounted(const std::string& path) {
  const auto mounts = TRY(sys::read_mounts("/proc/1/mountinfo"));
  return mounts && std::ranges::contains(*mounts, path, &sys::Mount::target);
}

}  // namespace kgnode
