/// What the configuration asks for, and the units that come with it.
#include <format>

#include "storage/storage.hpp"

namespace kgnode::storage {

Storage::Desired Storage::desired(const config::Config& config) {
  return {.disk = config.storage.disk,
          .file_system = config.storage.file_system,
          .encryption = config.storage.encryption,
          .node = config.node.name};
}

std::vector<std::string> Storage::watch_paths(const Desired& want) {
  std::vector<std::string> paths;
  for (const auto& [path, text] : unit_files(want)) paths.push_back(path);
  return paths;
}

std::map<std::string, std::string> unit_files(const Storage::Desired& want) {
  if (!want.disk) return {};
  // An empty mount point would have Longhorn fill the system's disk and lose its volumes from
  // sight.
  constexpr std::string_view kGuard =
      "# Written by kgnode: K3s starts with the data disk, or not at all.\n"
      "[Unit]\n"
      "RequiresMountsFor={0}\n"
      "AssertPathIsMountPoint={0}\n";
  const auto guard = std::vformat(kGuard, std::make_format_args(kMountPoint));
  return {
      {std::string(Storage::kUnitFile),
       std::format("# Written by kgnode.\n"
                   "[Unit]\n"
                   "Description=Data disk for Longhorn\n"
                   "Before=k3s.service k3s-agent.service\n"
                   "\n"
                   "[Mount]\n"
                   "What=/dev/disk/by-uuid/{}\n"
                   "Where={}\n"
                   "Type={}\n"
                   "Options=noatime,nodev,nosuid\n",
                   make_identity(want.node).file_system, kMountPoint, to_string(want.file_system))},
      {"/etc/systemd/system/k3s.service.d/50-kgnode-storage.conf", guard},
      {"/etc/systemd/system/k3s-agent.service.d/50-kgnode-storage.conf", guard},
  };
}

}  // namespace kgnode::storage
