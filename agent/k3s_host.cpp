/// The node as the K3s domain asks for it.
#include "agent/k3s_host.hpp"

#include <algorithm>
#include <filesystem>

#include "agent/base/chrony.hpp"
#include "agent/sys/addresses.hpp"
#include "agent/sys/files.hpp"
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

std::string K3sHost::clock_trouble() {
  if (exists("/run/systemd/container")) return "";
  sys::RealFiles files;
  const auto text = files.read(kChronyAnswer, sys::Files::kReadLimit);
  if (!text) return text.error().message();
  if (!*text) return "chronyd has not said yet how the clock is";
  const auto clock = parse_chrony(**text);
  return clock ? kgnode::clock_trouble(*clock, kJoinLimit) : clock.error().message();
}

}  // namespace kgnode
