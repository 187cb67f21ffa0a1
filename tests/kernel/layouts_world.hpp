#pragma once
/// The storage domain on real block devices with the real tools: systemd alone is played, and
/// mounts for real.
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>

#include "storage/storage.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/overlaid_disks.hpp"

namespace test {

/// Of this program alone: the kernel mounts no XFS whose UUID is mounted already, and the UUID is
/// made from the name.
inline std::string node_name() {
  const auto* const given = std::getenv("KGNODE_TEST_NODE");  // NOLINT(concurrency-mt-unsafe)
  return given == nullptr ? std::format("worker-{}", ::getpid()) : given;
}

class MountingUnits final : public kgnode::sys::Units {
 public:
  MountingUnits(OverlaidDisks& disks, const kgnode::storage::Storage::Desired& want)
      : disks_(disks), want_(want) {}

  kgnode::Task<kgnode::Result<std::string>> state(std::string) override {
    const auto space = disks_.space(std::string(kgnode::storage::kMountPoint));
    co_return space && *space ? "active" : "inactive";
  }
  kgnode::Task<kgnode::Result<>> reload(std::string) override { co_return kgnode::Result<>{}; }
  kgnode::Task<kgnode::Result<>> stop(std::string) override { co_return kgnode::Result<>{}; }
  kgnode::Task<kgnode::Result<>> start(std::string) override { co_return mount(); }
  kgnode::Task<kgnode::Result<>> restart(std::string) override { co_return mount(); }

 private:
  kgnode::Result<> mount() {
    const auto uuid = kgnode::storage::make_identity(want_.node).file_system;
    const std::string folder(kgnode::storage::kMountPoint);
    std::filesystem::create_directories(folder);
    for (const auto& device : TRY(disks_.list())) {
      if (!std::ranges::contains(device.signatures, uuid, &kgnode::sys::Signature::uuid)) continue;
      const std::string type(to_string(want_.file_system));
      if (::mount(device.path.c_str(), folder.c_str(), type.c_str(), MS_NOATIME, nullptr) == 0)
        return {};
      return kgnode::fail(kgnode::Error::from_errno("mount " + device.path));
    }
    return kgnode::fail(kgnode::Error::plain("no file system has the UUID " + uuid));
  }

  OverlaidDisks& disks_;
  const kgnode::storage::Storage::Desired& want_;
};

/// The agent from its start on: what it kept in memory goes with it.
class World {
 public:
  explicit World(OverlaidDisks& plugged) : disks(plugged) {
    want.disk = kgnode::config::Disk{};
    processes.answer = [this](const kgnode::sys::Command& command) { return answer(command); };
  }
  ~World() { unmount(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  kgnode::core::Condition enforce() { return reconcile(domain, want, kgnode::core::Mode::enforce); }
  kgnode::core::Condition check() { return reconcile(domain, want, kgnode::core::Mode::check); }
  static void unmount() { (void)::umount2(kgnode::storage::kMountPoint.data(), 0); }

  OverlaidDisks& disks;
  FakeFiles files;
  FakeProcesses processes;
  kgnode::storage::Storage::Desired want{.node = node_name()};
  MountingUnits units{disks, want};
  kgnode::SystemClock clock;
  kgnode::storage::Storage domain{disks, files, processes, units, clock};
  /// What stands in front of a program's own argument vector.
  std::function<std::vector<std::string>(const std::vector<std::string>&)> wrapper;

 private:
  kgnode::Result<kgnode::sys::Output> answer(const kgnode::sys::Command& command) {
    if (command.argv.front() == "/usr/bin/systemctl") return kgnode::sys::Output{};
    auto argv = wrapper ? wrapper(command.argv) : std::vector<std::string>();
    argv.insert(argv.end(), command.argv.begin(), command.argv.end());
    return run_command(std::move(argv));
  }
};

}  // namespace test
